using System.Runtime.InteropServices;
using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Engine.Residency;

/// <summary>
/// Measures what opening a model takes: the growth of what the C library has handed out, in which neither the managed heap nor files that are only mapped appear.
/// Two measurements at the same time would count each other's bytes, so neither has a result.
/// </summary>
internal static partial class MemoryMeter
{
    private static readonly bool IsThere =
        OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad("libc.so.6", out var library)
        && NativeLibrary.TryGetExport(library, "mallinfo2", out _);

    // What the runtime needs once for all models is no model's: several megabytes, which the first one would be counted for.
    private static readonly Lazy<bool> RuntimeIsReady = new(() =>
    {
        OnnxEnvironment.GiveMemoryBack();
        return true;
    });

    private static readonly Lock Gate = new();
    private static int _running;
    private static long _disturbances;

    /// <summary>Begins a measurement, which <see cref="Stop"/> ends.</summary>
    public static Measurement Start()
    {
        _ = RuntimeIsReady.Value;
        lock (Gate)
        {
            if (_running++ > 0)
            {
                _disturbances++;
            }

            return new Measurement(InUse(), _disturbances, _running > 1);
        }
    }

    /// <summary>The bytes since the start; null when they cannot be known.</summary>
    public static long? Stop(Measurement begun)
    {
        lock (Gate)
        {
            _running--;
            return !IsThere || begun.WasDisturbed || begun.Disturbances != _disturbances ? null : Math.Max(0, InUse() - begun.Bytes);
        }
    }

    private static long InUse()
    {
        if (!IsThere)
        {
            return 0;
        }

        var info = Info();
        return (long)(info.InUse + info.Mapped);
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallinfo2")]
    private static partial MallocInfo Info();

    internal readonly record struct Measurement(long Bytes, long Disturbances, bool WasDisturbed);

    // struct mallinfo2 of malloc.h.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct MallocInfo
    {
        private readonly nuint _arena;
        private readonly nuint _freeChunks;
        private readonly nuint _fastChunks;
        private readonly nuint _mappedChunks;
        public readonly nuint Mapped;
        private readonly nuint _unused;
        private readonly nuint _fastBytes;
        public readonly nuint InUse;
        private readonly nuint _freeBytes;
        private readonly nuint _topBytes;
    }
}
