using Microsoft.Win32.SafeHandles;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.SharedMemory;

/// <summary>
/// A part of a shared memory object that a client registered. It is read and written as a file and never mapped: an owner that cuts its object short gets an error, where
/// touching a page that is gone would end the process. It stays open until nobody uses it.
/// </summary>
internal sealed class SharedMemoryRegion(string name, string key, long offset, long byteSize, SafeFileHandle file)
{
    // The registration is the first one.
    private int _references = 1;

    public string Name { get; } = name;

    public string Key { get; } = key;

    /// <summary>Where it begins in the object, in bytes.</summary>
    public long Offset { get; } = offset;

    /// <summary>Its size in bytes.</summary>
    public long ByteSize { get; } = byteSize;

    /// <summary>Whether its file is closed.</summary>
    public bool IsClosed => file.IsClosed;

    /// <summary>Keeps it open; only while somebody else does so as well.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            file.Dispose();
        }
    }

    /// <summary>Copies bytes out of it; throws with 400 where the object does not reach that far any more.</summary>
    public void Read(long start, Span<byte> target)
    {
        var position = Offset + start;
        while (!target.IsEmpty)
        {
            var count = RandomAccess.Read(file, target, position);
            if (count == 0)
            {
                throw Cut();
            }
            position += count;
            target = target[count..];
        }
    }

    /// <summary>Copies bytes into it; throws with 400 where the object does not reach that far any more, and with 507 where memory for its pages is missing.</summary>
    public void Write(long start, ReadOnlySpan<byte> bytes)
    {
        var position = Offset + start;
        // Writing would make it longer again.
        if (RandomAccess.GetLength(file) < position + bytes.Length)
        {
            throw Cut();
        }
        try
        {
            RandomAccess.Write(file, bytes, position);
        }
        catch (IOException e)
        {
            throw new RequestRefusedException(
                StatusCodes.Status507InsufficientStorage,
                $"shared memory region '{Name}' cannot be written: {e.Message}"
            );
        }
    }

    private RequestRefusedException Cut() =>
        RequestRefusedException.BadRequest(
            $"shared memory region '{Name}' is not whole any more: its object '{Key}' is shorter than when it was registered"
        );
}
