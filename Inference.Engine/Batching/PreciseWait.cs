using System.Runtime.InteropServices;

namespace Slipway.Inference.Engine.Batching;

/// <summary>
/// Waits to the microsecond without burning the processor, and can be woken: <c>ppoll</c> on Linux. Elsewhere the framework's wait, whose milliseconds are rounded up.
/// </summary>
internal sealed partial class PreciseWait
{
    private const int PollIn = 1;
    private const int SetTimerSlack = 29;
    private readonly AutoResetEvent? _signal;
    private readonly int _eventFile = -1;
    private bool _hasSlackSet;

    public PreciseWait()
    {
        _eventFile = OperatingSystem.IsLinux() ? EventFile(0, 0) : -1;
        _signal = _eventFile < 0 ? new AutoResetEvent(false) : null;
    }

    /// <summary>Ends the wait under way, or the next one.</summary>
    public void Wake()
    {
        if (_signal is not null)
        {
            _signal.Set();
            return;
        }

        ulong one = 1;
        _ = Write(_eventFile, ref one, sizeof(ulong));
    }

    /// <summary>Waits for a time, or without a limit. Always called by the same thread.</summary>
    public void Wait(TimeSpan? limit)
    {
        if (_signal is not null)
        {
            _signal.WaitOne(limit is { } time ? TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds)) : Timeout.InfiniteTimeSpan);
            return;
        }

        if (!_hasSlackSet)
        {
            // The kernel may otherwise wake a thread 50 µs late, to wake several at once.
            _ = Control(SetTimerSlack, 1, 0, 0, 0);
            _hasSlackSet = true;
        }

        var poll = new PollFile { File = _eventFile, Events = PollIn };
        var timeout = new TimeSpec
        {
            Seconds = (long)(limit?.TotalSeconds ?? 3600),
            Nanoseconds = limit is { } rest ? (long)(rest.TotalSeconds % 1 * 1e9) : 0,
        };
        if (Poll(ref poll, 1, ref timeout, 0) > 0)
        {
            ulong count = 0;
            _ = Read(_eventFile, ref count, sizeof(ulong));
        }
    }

    [LibraryImport("libc", EntryPoint = "eventfd")]
    private static partial int EventFile(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int file, ref ulong value, nuint bytes);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int file, ref ulong value, nuint bytes);

    [LibraryImport("libc", EntryPoint = "ppoll")]
    private static partial int Poll(ref PollFile files, nuint count, ref TimeSpec timeout, nint signals);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint first, nuint second, nuint third, nuint fourth);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFile
    {
        public int File;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
