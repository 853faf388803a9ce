namespace Slipway.Inference.Engine.Tensors;

/// <summary>The memory behind one or more tensors, counted: it goes back where it came from when the last tensor over it is disposed.</summary>
internal abstract class TensorStorage
{
    // Starts with the tensor that created it; changed only by AddReference and Release.
    private int _references = 1;

    /// <summary>The elements, for every type but byte strings.</summary>
    public abstract Span<byte> Bytes { get; }

    /// <summary>The address of the first byte, stable until the storage is released.</summary>
    public abstract nint Address { get; }

    /// <summary>The elements of a byte string tensor.</summary>
    public virtual ReadOnlyMemory<byte>[] Strings => throw new InvalidOperationException("This tensor holds numbers, not byte strings.");

    public TensorStorage AddReference()
    {
        Interlocked.Increment(ref _references);
        return this;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            Free();
        }
    }

    protected abstract void Free();
}
