using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Jobs;

/// <summary>
/// Keeps a claim alive by heartbeats, each of which writes the job's progress and learns whether it is to be cancelled. When the database refuses a
/// heartbeat, or has not accepted one until the lease ran out, <see cref="Lost"/> fires: somebody else may own the job now.
/// </summary>
internal sealed partial class JobLease : IAsyncDisposable
{
    private readonly JobClaims _claims;
    private readonly JobClaim _claim;
    private readonly JobProgress _progress;
    private readonly TrainingOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationTokenSource _lost;
    private readonly CancellationTokenSource _cancelled = new();
    private readonly Task _heartbeats;

    public JobLease(JobClaims claims, JobClaim claim, JobProgress progress, TrainingOptions options, TimeProvider time, ILogger logger)
    {
        (_claims, _claim, _progress, _options, _time, _logger) = (claims, claim, progress, options, time, logger);
        // The timer of the lease itself: it fires even while a heartbeat hangs.
        _lost = new CancellationTokenSource(Positive(claim.LeaseExpiresAt - time.GetUtcNow()), time);
        if (claim.CancelRequested)
        {
            _cancelled.Cancel();
        }
        _heartbeats = BeatAsync();
    }

    public CancellationToken Lost => _lost.Token;

    public CancellationToken CancelRequested => _cancelled.Token;

    /// <summary>Something else has found out that the job has a new owner.</summary>
    public Task GiveUpAsync() => _lost.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _heartbeats;
        _ended.Dispose();
        _lost.Dispose();
        _cancelled.Dispose();
    }

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;

    private async Task BeatAsync()
    {
        while (!_lost.IsCancellationRequested)
        {
            await Task.Delay(_options.HeartbeatInterval, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_ended.IsCancellationRequested)
            {
                return;
            }
            try
            {
                await BeatOnceAsync();
            }
            catch (OperationCanceledException) when (_ended.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The lease's timer decides when it has been away for too long.
                LogHeartbeatFailed(_logger, _claim.Id, exception.GetBaseException().Message);
            }
        }
    }

    private async Task BeatOnceAsync()
    {
        var expires = _time.GetUtcNow() + _options.LeaseDuration;
        var (fraction, message) = _progress.Read();
        switch (await _claims.RenewAsync(_claim, expires, fraction, message, _ended.Token))
        {
            case null:
                await _lost.CancelAsync();
                break;
            case var cancel:
                _lost.CancelAfter(Positive(expires - _time.GetUtcNow()));
                if (cancel.Value && !_cancelled.IsCancellationRequested)
                {
                    await _cancelled.CancelAsync();
                }
                break;
        }
    }

    [LoggerMessage(3010, LogLevel.Warning, "Job {Job}: the heartbeat was not written: {Reason}")]
    private static partial void LogHeartbeatFailed(ILogger logger, Guid job, string reason);
}
