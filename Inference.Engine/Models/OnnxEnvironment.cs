using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;

namespace Slipway.Inference.Engine.Models;

/// <summary>
/// The native runtime's environment. It exists once per process by the runtime's own design, hence static; with it one thread pool that all models share.
/// </summary>
internal static class OnnxEnvironment
{
    private static readonly Lazy<bool> Created = new(Create);
    private static readonly ConcurrentDictionary<string, bool> ReportedFallbacks = new(StringComparer.Ordinal);

    /// <summary>Version of the native runtime.</summary>
    public static string RuntimeVersion
    {
        get
        {
            _ = SharesThreadPool;
            return OrtEnv.Instance().GetVersionString();
        }
    }

    /// <summary>Makes the environment if need be. False when other code in the process made it first, without a shared thread pool and arena.</summary>
    public static bool SharesThreadPool => Created.Value;

    /// <summary>
    /// The most that runs of all models may take on the processor at the same time, in bytes; three quarters of what the process may use where nobody says. What is set
    /// after the first model was opened changes nothing.
    /// </summary>
    public static long RunMemoryLimitBytes { get; set; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;

    /// <summary>True for the first caller per provider: a fallback is said once per process, not once per model.</summary>
    public static bool IsFirstFallback(string provider) => ReportedFallbacks.TryAdd(provider, true);

    /// <summary>After a model was closed: what it had goes back to the system, not only to the runtime and the C library.</summary>
    public static void GiveMemoryBack()
    {
        if (SharesThreadPool)
        {
            SharedArena.Shrink();
        }

        CLibraryMemory.Trim();
    }

    private static bool Create()
    {
        if (OrtEnv.IsCreated)
        {
            return false;
        }

        CLibraryMemory.Configure();
        using var threads = new OrtThreadingOptions
        {
            // ProcessorCount follows the container's CPU limit, the runtime's own default does not.
            GlobalIntraOpNumThreads = Environment.ProcessorCount,
            GlobalInterOpNumThreads = 1,
            // Spinning wins microseconds on an idle machine and loses whole cores on a shared one.
            GlobalSpinControl = false,
        };
        var options = new EnvironmentCreationOptions
        {
            logId = "slipway",
            // Every error comes back as an exception; the runtime's own lines would repeat it on stderr, with the caller's data.
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            threadOptions = threads,
        };
        OrtEnv.CreateInstanceWithOptions(ref options);
        SharedArena.Register(RunMemoryLimitBytes);
        return true;
    }
}
