using System.Runtime.InteropServices;

namespace Slipway.Inference.Engine.Models;

/// <summary>How the C library keeps what models free. Does nothing where that library is not glibc.</summary>
internal static partial class CLibraryMemory
{
    // mallopt(3): M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_ARENA_MAX.
    private const int MmapThreshold = -3;
    private const int TrimThreshold = -1;
    private const int ArenaMax = -8;

    /// <summary>
    /// Below it lie what requests allocate, such as the state of a gzip stream: a mapping for each would cost more than it gives. What a run needs comes from the runtime's own
    /// arena, which asks for larger blocks.
    /// </summary>
    private const int LargeBlockBytes = 1 << 20;

    private static readonly bool IsThere =
        OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad("libc.so.6", out var library)
        && NativeLibrary.TryGetExport(library, "malloc_trim", out _)
        && NativeLibrary.TryGetExport(library, "mallopt", out _);

    /// <summary>
    /// Gives blocks of <see cref="LargeBlockBytes"/> and more mappings of their own, which freeing returns to the system. Left alone, glibc raises that bound to the
    /// size of the largest block ever freed, up to 32 MiB: weights of later models then lie among small blocks that outlive them, and hold pages that no trim returns.
    /// There are as many heaps as threads can use at once, and not eight for each processor, which all grow to what the largest needs. What the environment sets by
    /// <c>MALLOC_MMAP_THRESHOLD_</c> and <c>MALLOC_ARENA_MAX</c> stays.
    /// </summary>
    public static void Configure()
    {
        if (!IsThere)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("MALLOC_ARENA_MAX") is null)
        {
            _ = SetOption(ArenaMax, 2 * Environment.ProcessorCount);
        }

        if (Environment.GetEnvironmentVariable("MALLOC_MMAP_THRESHOLD_") is null)
        {
            _ = SetOption(MmapThreshold, LargeBlockBytes);
            // As glibc itself does it when it raises the one: else each free at the end of a heap would shrink it.
            _ = SetOption(TrimThreshold, 2 * LargeBlockBytes);
        }
    }

    /// <summary>
    /// Gives freed memory back to the system. glibc keeps what a closed model has freed, for the next one of the same size: a process that serves other models next
    /// would only ever grow.
    /// </summary>
    public static void Trim()
    {
        if (IsThere)
        {
            _ = Trim(0);
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint padBytes);

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
