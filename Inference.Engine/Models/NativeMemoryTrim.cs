using System.Runtime.InteropServices;

namespace Slipway.Inference.Engine.Models;

/// <summary>
/// Gives freed native memory back to the system. glibc keeps what a closed model has freed, for the next one of the same size: a process that serves other models next
/// would only ever grow.
/// </summary>
internal static partial class NativeMemoryTrim
{
    private static readonly bool IsThere =
        OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad("libc.so.6", out var library)
        && NativeLibrary.TryGetExport(library, "malloc_trim", out _);

    public static void Run()
    {
        if (IsThere)
        {
            _ = Trim(0);
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint padBytes);
}
