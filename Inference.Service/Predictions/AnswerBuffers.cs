using Microsoft.Extensions.ObjectPool;
using Slipway.Inference.Service.Json;

namespace Slipway.Inference.Service.Predictions;

/// <summary>The buffers that answers are written into, kept for the next answer.</summary>
internal sealed class AnswerBuffers
{
    private const int MaxKeptBytes = 1 << 20;

    private readonly ObjectPool<PooledBuffer> _pool = new DefaultObjectPool<PooledBuffer>(new DefaultPooledObjectPolicy<PooledBuffer>());

    public PooledBuffer Get() => _pool.Get();

    public void Return(PooledBuffer buffer)
    {
        if (buffer.Length > MaxKeptBytes)
        {
            // A rare giant must not stay for good.
            buffer.Dispose();
            return;
        }
        buffer.Clear();
        _pool.Return(buffer);
    }
}
