using System.Runtime.InteropServices;
using System.Text.Json;
using Slipway.Contracts.Vetting;

namespace Slipway.Inference.Engine.Vetting;

/// <summary>
/// The vetting program: examines a model on a thread of its own and watches time and memory meanwhile, so that a report comes out even of a graph that never ends.
/// Whoever starts it also kills it from outside at a limit of its own: a native crash ends here without a report.
/// </summary>
internal static partial class VettingProcess
{
    private const int Passed = 0;
    private const int Failed = 3;
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(20);

    // How long a graph that was told to stop may take to notice it between two nodes.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(VettingOptions options, TextWriter output, TimeProvider time)
    {
        ProcessMemory.BeFirstToGo();
        var progress = new VettingProgress();
        using var cancellation = new CancellationTokenSource();
        var examination = Task.Factory.StartNew(
            () => ModelVetter.Vet(options, progress, cancellation.Token),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        var stoppedFor = await WatchAsync(examination, options, progress, time);
        if (stoppedFor is null)
        {
            var report = await examination;
            await WriteAsync(report, output);
            return report.Status == "passed" ? Passed : Failed;
        }

        await cancellation.CancelAsync();
        if (stoppedFor == VettingCodes.TimeLimit)
        {
            await Task.WhenAny(examination, Task.Delay(StopGrace, time));
        }

        await WriteAsync(
            stoppedFor == VettingCodes.TimeLimit
                ? ModelVetter.TimedOut(options, progress)
                : progress.FailedWith(
                    VettingCodes.MemoryLimit,
                    $"The examination was stopped: the model needs more than {options.MemoryLimitBytes >> 20} MB of memory."
                ),
            output
        );
        if (!examination.IsCompleted)
        {
            ExitAtOnce();
        }

        return Failed;
    }

    /// <summary>Null when the examination ended by itself, else the code of the limit that it passed.</summary>
    private static async Task<string?> WatchAsync(Task examination, VettingOptions options, VettingProgress progress, TimeProvider time)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            await Task.WhenAny(examination, Task.Delay(WatchInterval, time));
            if (examination.IsCompleted)
            {
                return null;
            }

            if (time.GetElapsedTime(started) > options.TimeLimit)
            {
                return VettingCodes.TimeLimit;
            }

            var memory = ProcessMemory.CurrentBytes();
            if (options.MemoryLimitBytes > 0 && memory > options.MemoryLimitBytes)
            {
                progress.Report = progress.Report with { PeakMemoryBytes = memory };
                return VettingCodes.MemoryLimit;
            }
        }
    }

    private static async Task WriteAsync(VettingReport report, TextWriter output)
    {
        await output.WriteLineAsync(JsonSerializer.Serialize(report, VettingJson.Default.VettingReport));
        await output.FlushAsync();
    }

    // The ordinary way out runs the native library's destructors under the feet of the graph that still runs, which crashes.
    private static void ExitAtOnce()
    {
        if (!OperatingSystem.IsWindows())
        {
            ExitWithoutCleanup(Failed);
        }

        Environment.Exit(Failed);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitWithoutCleanup(int status);
}
