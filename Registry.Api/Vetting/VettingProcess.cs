using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Slipway.Contracts;
using Slipway.Contracts.Vetting;

namespace Slipway.Registry.Api.Vetting;

/// <summary>
/// Runs the vetting program over a model and waits for its report, killing it with everything it started when it passes a limit. Whatever the model does there,
/// this process only reads a bounded text.
/// </summary>
internal sealed class VettingProcess(
    VettingCommand command,
    IOptions<VettingOptions> options,
    TimeProvider time,
    ILogger<VettingProcess> logger
)
{
    private const int PassedExit = 0;
    private const int FailedExit = 3;
    private const int MaxOutputBytes = 4 << 20;
    private const int KeptErrorBytes = 2048;
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(100);

    // The program watches its own limit and reports well; it is killed only when it fails to.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(3);

    public async Task<VettingReport> RunAsync(VettingJob job, ModelFolder folder, string modelFile, string? example, CancellationToken ct)
    {
        using var process = Process.Start(command.Create(folder, modelFile, example))!;
        try
        {
            process.StandardInput.Close();
            var output = ReadAsync(process.StandardOutput.BaseStream, MaxOutputBytes, keepEnd: false);
            var errors = ReadAsync(process.StandardError.BaseStream, KeptErrorBytes, keepEnd: true);
            var stopped = await WatchAsync(process, output, ct);
            if (stopped is not null)
            {
                Kill(process);
                return stopped;
            }
            await process.WaitForExitAsync(ct);
            return ReadReport(job, process.ExitCode, await output, await errors);
        }
        finally
        {
            Kill(process);
        }
    }

    /// <summary>Null when the process has ended by itself, else the report of the limit it passed.</summary>
    private async Task<VettingReport?> WatchAsync(Process process, Task<byte[]?> output, CancellationToken ct)
    {
        var limits = options.Value;
        var started = time.GetTimestamp();
        var exited = process.WaitForExitAsync(ct);
        while (true)
        {
            var delay = Task.Delay(s_pollInterval, time, ct);
            await Task.WhenAny(exited, delay);
            ct.ThrowIfCancellationRequested();
            if (exited.IsCompleted)
            {
                return null;
            }
            if (time.GetElapsedTime(started) > TimeSpan.FromSeconds(limits.TimeoutSeconds) + s_grace)
            {
                return VettingProblems.Report(
                    VettingProblems.TimeLimit,
                    $"The examination took longer than {limits.TimeoutSeconds} s and was stopped."
                );
            }
            if (WorkingSet(process) > limits.MemoryLimitBytes)
            {
                return VettingProblems.Report(
                    VettingProblems.MemoryLimit,
                    $"The examination took more than {limits.MemoryLimitBytes >> 20} MiB of memory and was stopped."
                );
            }
            if (output.IsCompletedSuccessfully && await output is null)
            {
                return VettingProblems.Report(VettingProblems.Crashed, "The vetting program wrote more than a report can be.");
            }
        }
    }

    private VettingReport ReadReport(VettingJob job, int exitCode, byte[]? output, byte[]? errors)
    {
        if (
            exitCode is PassedExit or FailedExit
            && TryParse(output) is { } report
            && report.Status == VettingStatus.Passed == (exitCode == PassedExit)
        )
        {
            return report;
        }
        RegistryLog.VettingProcessFailed(logger, job.ModelName, job.Version, exitCode, Encoding.UTF8.GetString(errors ?? []).Trim());
        return VettingProblems.Report(
            VettingProblems.Crashed,
            $"The vetting program ended with exit code {exitCode} and without a report."
        );
    }

    private static VettingReport? TryParse(byte[]? output)
    {
        try
        {
            return output is null ? null : JsonSerializer.Deserialize(output, ContractsJson.Default.VettingReport);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static long WorkingSet(Process process)
    {
        try
        {
            process.Refresh();
            return process.WorkingSet64;
        }
        catch (InvalidOperationException)
        {
            // It ended in between.
            return 0;
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended: that is what was wanted.
        }
    }

    /// <summary>Reads to the end, keeping at most <paramref name="limit"/> bytes: the last ones, or else null when there are more.</summary>
    private static async Task<byte[]?> ReadAsync(Stream stream, int limit, bool keepEnd)
    {
        var kept = new MemoryStream();
        var buffer = new byte[8192];
        int read;
        try
        {
            while ((read = await stream.ReadAsync(buffer)) > 0)
            {
                kept.Write(buffer, 0, read);
                if (kept.Length > limit)
                {
                    if (!keepEnd)
                    {
                        return null;
                    }
                    var end = kept.ToArray()[^limit..];
                    kept.SetLength(0);
                    kept.Write(end);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process was killed; what it said before is enough.
        }
        return kept.ToArray();
    }
}
