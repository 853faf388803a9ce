using System.Buffers;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.Json;

/// <summary>
/// Lends arrays for the bytes of requests and answers. The framework's pool keeps one array of each size for each thread, where no other thread finds it, and drops them in full
/// collections: good for small ones. Large ones come from the pool that the tensors have, which every thread shares and which is bounded in bytes.
/// </summary>
internal static class ByteBuffers
{
    private const int LargestSmallBytes = 64 * 1024;

    public static byte[] Rent(int minimumBytes) =>
        minimumBytes <= LargestSmallBytes ? ArrayPool<byte>.Shared.Rent(minimumBytes) : PinnedBufferPool.Shared.Rent(minimumBytes);

    public static void Return(byte[] buffer)
    {
        if (buffer.Length <= LargestSmallBytes)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        else
        {
            PinnedBufferPool.Shared.Return(buffer);
        }
    }
}
