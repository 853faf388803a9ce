using System.Text.Json;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Http;
using Slipway.Contracts.Registry;

namespace Slipway.Inference.Service.Serving;

/// <summary>
/// Keeps <see cref="DesiredState"/> at what the registry says: by long poll, at once after a hint, and with back-off while the registry is away. At start, the
/// state of the last run stands in for a registry that does not answer.
/// </summary>
internal sealed class ServingStatePuller(
    Func<RegistryClient> registry,
    DesiredState desired,
    ServingStateStore store,
    PullTrigger trigger,
    IOptions<ServingOptions> options,
    TimeProvider time,
    ILogger<ServingStatePuller> logger
) : BackgroundService
{
    private long? _known;
    private TimeSpan _delay = TimeSpan.Zero;

    /// <summary>Asks once, for at most <paramref name="wait"/>; true when there was a new state.</summary>
    public async Task<bool> RunOnceAsync(TimeSpan wait, CancellationToken ct)
    {
        var state = await registry().GetServingStateAsync(_known, wait, ct);
        if (_delay > TimeSpan.Zero)
        {
            _delay = TimeSpan.Zero;
            ServingEvents.PullRecovered(logger);
        }
        if (state is null)
        {
            return false;
        }
        _known = state.Revision;
        ServingEvents.StateReceived(logger, state.Revision, state.Endpoints.Count, state.Models.Count);
        desired.Set(state);
        return true;
    }

    /// <summary>The first question, with a short patience and the saved state as the answer when it ends.</summary>
    public async Task StartOnceAsync(CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(options.Value.StartTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            await RunOnceAsync(TimeSpan.Zero, either.Token);
        }
        catch (Exception e) when (IsExpected(e, ct))
        {
            NoteFailure(e);
            if (store.Load() is { } saved)
            {
                // Not remembered as known: the first answer of the registry replaces it whatever its revision.
                ServingEvents.SavedStateUsed(logger, saved.Revision);
                desired.Set(saved);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await StartOnceAsync(stoppingToken);
            while (true)
            {
                await PullOrHintAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of the service.
        }
    }

    private async Task PullOrHintAsync(CancellationToken ct)
    {
        using var round = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var hint = trigger.WaitAsync(_known, round.Token);
        if (_delay > TimeSpan.Zero)
        {
            await Task.WhenAny(hint, Task.Delay(_delay, time, round.Token));
        }
        ct.ThrowIfCancellationRequested();
        var hinted = hint.IsCompleted;
        var pull = RunOnceAsync(options.Value.PollWait, round.Token);
        await Task.WhenAny(pull, hinted ? pull : hint);
        if (!pull.IsCompleted)
        {
            // The next round asks anew, and the registry answers at once.
            hinted = true;
        }
        await round.CancelAsync();
        try
        {
            await pull;
        }
        catch (OperationCanceledException) when (hinted && !ct.IsCancellationRequested)
        {
            // Given up for the hint.
        }
        catch (Exception e) when (IsExpected(e, ct))
        {
            NoteFailure(e);
        }
    }

    private void NoteFailure(Exception e)
    {
        var limits = options.Value;
        _delay =
            _delay == TimeSpan.Zero ? limits.MinRetryDelay : TimeSpan.FromTicks(Math.Min(_delay.Ticks * 2, limits.MaxRetryDelay.Ticks));
        ServingEvents.PullFailed(logger, _delay, e is OperationCanceledException ? "no answer in time" : e.Message);
    }

    private static bool IsExpected(Exception e, CancellationToken ct) =>
        e is HttpRequestException or ApiException or IOException or JsonException
        || (e is OperationCanceledException && !ct.IsCancellationRequested);
}
