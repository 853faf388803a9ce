using System.Runtime.InteropServices;

namespace Slipway.Inference.Engine.Tensors;

/// <summary>Storage in a buffer leased from the pool.</summary>
internal sealed class PooledStorage(int lengthBytes) : TensorStorage
{
    private readonly byte[] _buffer = PinnedBufferPool.Shared.Rent(lengthBytes);

    public override Span<byte> Bytes => _buffer.AsSpan(0, lengthBytes);

    public override nint Address => Marshal.UnsafeAddrOfPinnedArrayElement(_buffer, 0);

    protected override void Free() => PinnedBufferPool.Shared.Return(_buffer);
}
