using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Engine.Tensors;

/// <summary>Storage of a value that the runtime allocated, by its bare handle: read in place, given back when the last slice of it is disposed.</summary>
internal sealed unsafe class NativeValueStorage(nint value, nint address, int lengthBytes) : TensorStorage
{
    ~NativeValueStorage() => OrtApi.ReleaseValue(value);

    public override Span<byte> Bytes => new((void*)address, lengthBytes);

    public override nint Address => address;

    protected override void Free()
    {
        OrtApi.ReleaseValue(value);
#pragma warning disable CA1816 // Counted, not disposed: this is the end of the last reference.
        GC.SuppressFinalize(this);
#pragma warning restore CA1816
    }
}
