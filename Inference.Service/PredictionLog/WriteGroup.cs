using System.Buffers;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>Frames that go to disk in one write, and the requests that wait for it. Everything but <see cref="Complete"/> is called under the journal's lock.</summary>
internal sealed class WriteGroup
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private TaskCompletionSource<bool>? _written;

    public int Length { get; private set; }

    public int RecordCount { get; private set; }

    public ReadOnlySpan<byte> Frames => _bytes.AsSpan(0, Length);

    public void Add(ReadOnlySpan<byte> frames, int recordCount)
    {
        if (_bytes.Length - Length < frames.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, Length + frames.Length));
            Frames.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
        frames.CopyTo(_bytes.AsSpan(Length));
        Length += frames.Length;
        RecordCount += recordCount;
    }

    /// <summary>Ends, with whether the frames are on disk, when the group was written.</summary>
    public Task<bool> WaitAsync() => (_written ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Lets the waiting requests go on.</summary>
    public void Complete(bool onDisk) => _written?.SetResult(onDisk);

    /// <summary>Makes the group ready for new frames.</summary>
    public void Reset()
    {
        Length = 0;
        RecordCount = 0;
        _written = null;
    }

    public void Return()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }
}
