using Microsoft.Extensions.Options;
using Slipway.Contracts.Vetting;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Promotions;
using Slipway.Registry.Api.Telemetry;
using Slipway.Registry.Api.Workers;

namespace Slipway.Registry.Api.Vetting;

/// <summary>Vets registered versions, one after the other, and wakes the promotions that wait for them.</summary>
internal sealed class VettingWorker(
    VettingQueue queue,
    ModelExaminer examiner,
    VettingSignal signal,
    PromotionSignal promotions,
    RegistryMetrics metrics,
    IOptions<VettingOptions> options,
    DatabaseReadiness readiness,
    TimeProvider time,
    ILogger<VettingWorker> logger
) : PassWorker(signal, TimeSpan.FromSeconds(options.Value.IntervalSeconds), readiness, time, logger)
{
    // How often an examination may be interrupted (by the end of the worker, a full disk, a missing program) before it is given up.
    private const int MaxAttempts = 10;
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromSeconds(30);

    // How long a version waits for the replica that has its files, before the attempts of the others count.
    private static readonly TimeSpan s_patience = TimeSpan.FromDays(1);
    private const int MaxElsewhere = 100_000;

    // What each version that is left aside adds to the delay: all of them together cost ten looks a second at most.
    private static readonly TimeSpan s_delayPerVersion = TimeSpan.FromSeconds(0.1);

    // Beyond the process's own limit: copying the files, and storing the result.
    private static readonly TimeSpan s_leaseMargin = TimeSpan.FromMinutes(2);

    // Versions whose files are not here, until when they are not looked at again; at its bound nothing is claimed before one of them is due.
    private readonly Dictionary<(long ModelId, int Version), DateTimeOffset> _elsewhere = [];
    private readonly TimeProvider _time = time;
    private readonly ILogger<VettingWorker> _logger = logger;

    public override async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        var now = _time.GetUtcNow();
        foreach (var (version, until) in _elsewhere)
        {
            if (until <= now)
            {
                _elsewhere.Remove(version);
            }
        }
        if (_elsewhere.Count >= MaxElsewhere)
        {
            return false;
        }
        var lease = TimeSpan.FromSeconds(options.Value.TimeoutSeconds) + s_leaseMargin;
        if (await queue.ClaimAsync(lease, ct, _elsewhere.Keys) is not { } job)
        {
            return false;
        }
        var started = _time.GetTimestamp();
        VettingReport report;
        string? modelFile = null;
        try
        {
            (report, modelFile) =
                job.Attempt > MaxAttempts
                    ? (
                        VettingProblems.Report(
                            VettingProblems.Crashed,
                            $"The examination was interrupted, or the version's files were not to be found, {MaxAttempts} times. It is not tried again."
                        ),
                        null
                    )
                    : await ExamineAsync(job, ct);
        }
        catch (BlobDamagedException e) when (e.IsMissing)
        {
            await LeaveAsync(job, ct);
            return true;
        }
        if (await queue.CompleteAsync(job, report, modelFile, ct))
        {
            var code = report.Problems.Count > 0 ? report.Problems[0].Code : "";
            metrics.Vetted(report.Status, code, _time.GetElapsedTime(started));
            RegistryLog.Vetted(_logger, job.ModelName, job.Version, report.Status, code);
            promotions.Wake();
        }
        else
        {
            RegistryLog.VettingLeaseLost(_logger, job.ModelName, job.Version);
        }
        return true;
    }

    private async Task LeaveAsync(VettingJob job, CancellationToken ct)
    {
        var delay = s_delayPerVersion * _elsewhere.Count;
        _elsewhere[(job.ModelId, job.Version)] = _time.GetUtcNow() + (delay > s_retryDelay ? delay : s_retryDelay);
        await queue.LeaveAsync(job, s_patience, ct);
        RegistryLog.VettingFilesElsewhere(_logger, job.ModelName, job.Version);
    }

    private async Task<(VettingReport Report, string? ModelFile)> ExamineAsync(VettingJob job, CancellationToken ct)
    {
        try
        {
            return await examiner.ExamineAsync(job, ct);
        }
        catch (Exception e) when (e is not BlobDamagedException { IsMissing: true })
        {
            // Not the version's fault: it stays pending. A worker that stops leaves it to the next one at once.
            await queue.ReleaseAsync(job, ct.IsCancellationRequested ? TimeSpan.Zero : s_retryDelay, CancellationToken.None);
            throw;
        }
    }
}
