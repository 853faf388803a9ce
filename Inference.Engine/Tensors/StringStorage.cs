namespace Slipway.Inference.Engine.Tensors;

/// <summary>Storage of byte strings: ordinary managed memory, since the runtime copies strings in and out anyway.</summary>
internal sealed class StringStorage(ReadOnlyMemory<byte>[] elements) : TensorStorage
{
    public override Span<byte> Bytes => throw new InvalidOperationException("This tensor holds byte strings, not numbers.");

    public override nint Address => throw new InvalidOperationException("This tensor holds byte strings, not numbers.");

    public override ReadOnlyMemory<byte>[] Strings => elements;

    protected override void Free() { }
}
