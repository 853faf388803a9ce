using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Slipway.Training.Worker.Jobs;

/// <summary>
/// Runs the training program as a child process: lines from its standard output go to a reader, its standard error to the log, and it is killed, with
/// whatever it started, when it passes a limit or the caller gives up. Its standard input stays open and silent; when this process dies it closes, and the
/// child ends by itself.
/// </summary>
internal sealed partial class TrainerProcess(TrainingOptions options, TimeProvider time, ILogger<TrainerProcess> logger)
{
    public static string RunnerPath(TrainingOptions options) =>
        options.RunnerPath is { Length: > 0 } path ? Path.GetFullPath(path) : Path.Combine(AppContext.BaseDirectory, "Training.Worker.dll");

    public async Task<TrainerExit> RunAsync(string specPath, Func<string, ValueTask> onOutput, Action<string> onError, CancellationToken ct)
    {
        using var process = new Process { StartInfo = StartInfo(specPath) };
        process.Start();
        LogStarted(logger, process.Id, specPath);
        YieldToServing(process);
        using var limits = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var watch = WatchAsync(process, limits.Token);
        var errors = ReadErrorsAsync(process, onError);
        try
        {
            // The caller's token ends the reading at once; a killed child ends it by closing the pipe.
            while (await process.StandardOutput.ReadLineAsync(ct) is { } line)
            {
                await onOutput(line);
            }
            await process.WaitForExitAsync(ct);
        }
        finally
        {
            await limits.CancelAsync();
            Kill(process);
            await process.WaitForExitAsync(CancellationToken.None);
            await errors;
        }
        var killed = await watch;
        if (killed is { } limit)
        {
            LogKilled(logger, process.Id, limit);
        }
        else
        {
            LogEnded(logger, process.Id, process.ExitCode);
        }
        return new TrainerExit(process.ExitCode, killed);
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Where training shares a machine with serving, serving goes first.</summary>
    private static void YieldToServing(Process process)
    {
        try
        {
            process.PriorityClass = ProcessPriorityClass.BelowNormal;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended already, or this system does not allow it: the job is right either way.
        }
    }

    private static async Task ReadErrorsAsync(Process process, Action<string> onError)
    {
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            onError(line);
        }
    }

    private static string DotnetPath()
    {
        if (Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet")
        {
            return self;
        }
        var program = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        // …/dotnet/shared/Microsoft.NETCore.App/10.0.0/
        var beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", program));
        return File.Exists(beside) ? beside : program;
    }

    private ProcessStartInfo StartInfo(string specPath)
    {
        var start = new ProcessStartInfo(DotnetPath())
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = Path.GetDirectoryName(specPath),
        };
        foreach (var argument in new[] { RunnerPath(options), "run", "--spec", specPath })
        {
            start.ArgumentList.Add(argument);
        }
        // The child reads the user's data: it gets none of the service's secrets.
        foreach (var name in start.Environment.Keys.Where(IsServiceSetting).ToList())
        {
            start.Environment.Remove(name);
        }
        return start;
    }

    private static bool IsServiceSetting(string name) =>
        name.Contains("__", StringComparison.Ordinal)
        || name.StartsWith("OTEL_", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("SLIPWAY_", StringComparison.OrdinalIgnoreCase)
        || name.Contains("PASSWORD", StringComparison.OrdinalIgnoreCase)
        || name.Contains("SECRET", StringComparison.OrdinalIgnoreCase)
        || name.Contains("TOKEN", StringComparison.OrdinalIgnoreCase);

    /// <summary>Kills the child when it passes a limit, and says which.</summary>
    private async Task<TrainerLimit?> WatchAsync(Process process, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            await Task.Delay(options.LimitCheckInterval, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ct.IsCancellationRequested || process.HasExited)
            {
                return null;
            }
            var passed =
                time.GetElapsedTime(started) > options.TimeLimit ? TrainerLimit.Time
                : Memory(process) > options.MemoryLimitBytes ? TrainerLimit.Memory
                : (TrainerLimit?)null;
            if (passed is not null)
            {
                Kill(process);
                return passed;
            }
        }
    }

    private static long Memory(Process process)
    {
        try
        {
            process.Refresh();
            return process.WorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0;
        }
    }

    [LoggerMessage(3020, LogLevel.Information, "Training program started as process {ProcessId}: {Spec}")]
    private static partial void LogStarted(ILogger logger, int processId, string spec);

    [LoggerMessage(3021, LogLevel.Information, "Training program {ProcessId} ended with exit code {ExitCode}")]
    private static partial void LogEnded(ILogger logger, int processId, int exitCode);

    [LoggerMessage(3022, LogLevel.Warning, "Training program {ProcessId} passed its limit of {Limit} and was killed")]
    private static partial void LogKilled(ILogger logger, int processId, TrainerLimit limit);
}
