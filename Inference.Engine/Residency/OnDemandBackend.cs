using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Telemetry;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Residency;

/// <summary>
/// A model that is open only while it is needed. Requests hold it for their time; all that come while it is being opened wait for that one attempt, and each gives up
/// by its own time limit without ending it for the others.
/// </summary>
public sealed class OnDemandBackend : IModelBackend
{
    private const int Closed = -1;
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(int.MaxValue);

    private readonly ModelResidency _residency;
    private readonly IModelSource _source;
    private readonly MeasuredOpening _measured;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();

    // Below zero while the model is not open. A request holds it by adding one; who takes it from zero to below closes it.
    private int _holds = Closed;
    private IModelBackend? _open;
    private ModelSignature? _signature;
    private long _lastUsed;
    private Opening? _opening; // under the gate
    private Task _lastOpening = Task.CompletedTask; // under the gate
    private volatile Closing? _closing;
    private volatile ModelFailure? _failure;

    /// <summary>A model that is not open yet. A pinned one is never closed once it is open.</summary>
    public OnDemandBackend(ModelResidency residency, IModelSource source, bool isPinned, ILogger? logger = null)
    {
        _residency = residency;
        _source = source;
        _measured = new MeasuredOpening(residency, source);
        _logger = logger ?? NullLogger.Instance;
        IsPinned = isPinned;
    }

    /// <summary>Whether it stays open.</summary>
    public bool IsPinned { get; }

    /// <summary>Whether it is open now.</summary>
    public bool IsOpen => Volatile.Read(ref _holds) >= 0;

    /// <summary>Whether it has been open, so that its signature is known.</summary>
    public bool IsKnown => Volatile.Read(ref _signature) is not null;

    /// <summary>Why it could not be opened the last time; null when it could, or was not tried yet.</summary>
    public ModelFailure? Failure => _failure;

    /// <summary>Throws an <see cref="InvalidOperationException"/> before the model was open for the first time.</summary>
    public ModelSignature Signature =>
        Volatile.Read(ref _signature) ?? throw new InvalidOperationException("The signature is known once the model was open.");

    /// <inheritdoc/>
    public IReadOnlyList<string> Providers => Volatile.Read(ref _open)?.Providers ?? [];

    /// <inheritdoc/>
    public int QueuedRequests => Volatile.Read(ref _open)?.QueuedRequests ?? 0;

    /// <inheritdoc/>
    public bool JoinsRequests => Volatile.Read(ref _open)?.JoinsRequests ?? false;

    /// <inheritdoc/>
    public bool KeepsState => Volatile.Read(ref _open)?.KeepsState ?? false;

    internal long LastUsed => Volatile.Read(ref _lastUsed);

    internal bool CanClose => Volatile.Read(ref _holds) == 0 && !KeepsState;

    /// <summary>Holds the model open; false when it is not open. Each success is matched by one <see cref="Release"/>.</summary>
    public bool TryHold()
    {
        var seen = Volatile.Read(ref _holds);
        while (seen >= 0)
        {
            var before = Interlocked.CompareExchange(ref _holds, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>Lets go.</summary>
    public void Release()
    {
        Volatile.Write(ref _lastUsed, _residency.Time.GetTimestamp());
        if (Interlocked.Decrement(ref _holds) == 0)
        {
            _residency.BecameIdle();
        }
    }

    /// <summary>
    /// Holds the model open, opening it first where need be. Null when it is held, and then matched by one <see cref="Release"/>; else why it is not: the time limit passed,
    /// the caller gave up, too many wait already, there is no memory, or it cannot be opened.
    /// </summary>
    public ValueTask<InferenceResult?> HoldAsync(TimeSpan? limit, CancellationToken cancellationToken) =>
        TryHold() ? default : OpenAndHoldAsync(limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<InferenceResult> InferAsync(
        IReadOnlyList<Tensor> inputs,
        in InferenceCall call,
        CancellationToken cancellationToken
    ) => InferHeldAsync(inputs, call, cancellationToken);

    /// <summary>Closes the model; its owner makes sure that no request is under way and that none comes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task ending;
        lock (_gate)
        {
            ending = _lastOpening;
        }

        await ending;

        if (IsPinned && IsOpen)
        {
            Release();
        }

        if (TryRetire(dropsState: true))
        {
            await CloseAsync();
        }
        else if (_closing is { } closing)
        {
            // Another's load closes it, or has long closed it.
            await closing.Ended.Task;
        }

        _stopping.Dispose();
    }

    /// <summary>
    /// Makes an idle model one that cannot be held any more; its caller closes it with <see cref="CloseAsync"/>. False when it is not idle, or keeps a sequence that is not
    /// to be dropped.
    /// </summary>
    internal bool TryRetire(bool dropsState = false)
    {
        lock (_gate)
        {
            if (Interlocked.CompareExchange(ref _holds, Closed, 0) != 0)
            {
                return false;
            }

            // Only now no request can begin a sequence: one may have come and gone since somebody looked. Who asks meanwhile waits at the gate.
            if (!dropsState && _open!.KeepsState)
            {
                Volatile.Write(ref _holds, 0);
                return false;
            }

            _closing = new Closing(_open!);
            Volatile.Write(ref _open, null);
            return true;
        }
    }

    /// <summary>Gives the memory of a retired model back.</summary>
    internal async Task CloseAsync()
    {
        // The next opening waits for this one's end, so there is only one.
        var closing = _closing!;
        try
        {
            await closing.Backend.DisposeAsync();
        }
        finally
        {
            _residency.GiveBack(_source.MemoryKey, closed: this);
            closing.Ended.SetResult();
        }
    }

    private async ValueTask<InferenceResult> InferHeldAsync(
        IReadOnlyList<Tensor> inputs,
        InferenceCall call,
        CancellationToken cancellationToken
    )
    {
        var began = _residency.Time.GetTimestamp();
        if (await HoldAsync(call.TimeLimit, cancellationToken) is { } refused)
        {
            return refused;
        }

        try
        {
            var rest = call with { TimeLimit = call.TimeLimit - _residency.Time.GetElapsedTime(began) };
            return await Volatile.Read(ref _open)!.InferAsync(inputs, rest, cancellationToken);
        }
        finally
        {
            Release();
        }
    }

    private async ValueTask<InferenceResult?> OpenAndHoldAsync(TimeSpan? limit, CancellationToken cancellationToken)
    {
        // Before it counts as one that waits: timers refuse times below zero, and take -1 ms for no limit.
        if (limit <= TimeSpan.Zero)
        {
            return InferenceResult.NotServed(InferenceStatus.DeadlineExceeded, "the request's time limit passed");
        }

        // Longer than timers can be is as good as none.
        var patience = limit is { } time && time < s_longestWait ? time : Timeout.InfiniteTimeSpan;
        Opening opening;
        lock (_gate)
        {
            if (TryHold())
            {
                return null;
            }

            if (_stopping.IsCancellationRequested)
            {
                return InferenceResult.NotServed(InferenceStatus.Unloading, "the model is being unloaded");
            }

            if (_failure is { } failure && failure.RetryDelay - _residency.Time.GetElapsedTime(failure.FailedAt) is { Ticks: > 0 } rest)
            {
                return failure.ToResult(rest);
            }

            if (_opening is null)
            {
                _opening = opening = new Opening();
                _lastOpening = Task.Run(() => OpenAsync(opening), CancellationToken.None);
            }

            opening = _opening;
            if (opening.Waiting >= _residency.Settings.MaxWaitingRequests)
            {
                return InferenceResult.NotServed(
                    InferenceStatus.QueueFull,
                    $"{opening.Waiting} requests wait already for the model to be loaded"
                );
            }

            opening.Waiting++;
        }

        _residency.Metrics?.WaitingChanged(1);
        try
        {
            return await opening.Ended.Task.WaitAsync(patience, _residency.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            GiveUp(opening);
            return InferenceResult.NotServed(
                InferenceStatus.DeadlineExceeded,
                "the request's time limit passed while the model was being loaded"
            );
        }
        catch (OperationCanceledException)
        {
            GiveUp(opening);
            return InferenceResult.NotServed(InferenceStatus.Cancelled, "the request was cancelled");
        }
        finally
        {
            _residency.Metrics?.WaitingChanged(-1);
        }
    }

    private void GiveUp(Opening opening)
    {
        lock (_gate)
        {
            if (_opening == opening)
            {
                opening.Waiting--;
                return;
            }
        }

        // It ended in the same moment: where it has opened the model, the hold is this request's.
        if (opening.HasOpened)
        {
            Release();
        }
    }

    private async Task OpenAsync(Opening opening)
    {
        var began = _residency.Time.GetTimestamp();
        InferenceResult? refused = null;
        var outcome = "ok";
        try
        {
            if (_closing is { } closing)
            {
                await closing.Ended.Task;
            }

            await OpenInTurnAsync(opening);
        }
        catch (Exception e)
        {
            (refused, outcome) = Failed(e);
            lock (_gate)
            {
                _opening = null;
            }
        }

        _residency.Metrics?.Loaded(outcome, _residency.Time.GetElapsedTime(began));
        opening.Ended.SetResult(refused);
    }

    private async Task OpenInTurnAsync(Opening opening)
    {
        await _residency.EnterLoadAsync(_stopping.Token);
        try
        {
            Publish(await _measured.OpenAsync(_stopping.Token), opening);
            _residency.Opened(this);
        }
        finally
        {
            _residency.LeaveLoad();
        }
    }

    private void Publish(IModelBackend backend, Opening opening)
    {
        lock (_gate)
        {
            _failure = null;
            _open = backend;
            Volatile.Write(ref _signature, backend.Signature);
            Volatile.Write(ref _lastUsed, _residency.Time.GetTimestamp());
            opening.HasOpened = true;
            // Each who waits gets its hold here: nobody can close the model before it was used.
            Volatile.Write(ref _holds, opening.Waiting + (IsPinned ? 1 : 0));
            _opening = null;
        }
    }

    private (InferenceResult Refused, string Outcome) Failed(Exception error)
    {
        if (error is OperationCanceledException && _stopping.IsCancellationRequested)
        {
            return (InferenceResult.NotServed(InferenceStatus.Unloading, "the model is being unloaded"), "stopped");
        }

        if (error is ModelMemoryException { IsForGood: false })
        {
            // Memory may be there for the next request.
            return (InferenceResult.NotServed(InferenceStatus.Unavailable, error.Message, TimeSpan.FromSeconds(1)), "no_memory");
        }

        var limits = _residency.Settings;
        var attempts = (_failure?.Attempts ?? 0) + 1;
        var delay = TimeSpan.FromTicks(
            (long)Math.Min(limits.MinRetryDelay.Ticks * Math.Pow(2, Math.Min(attempts - 1, 30)), limits.MaxRetryDelay.Ticks)
        );
        var failure = new ModelFailure(error, attempts, _residency.Time.GetTimestamp(), delay);
        _failure = failure;
        EngineLog.OpeningFailed(_logger, error, delay);
        return (failure.ToResult(delay), error is ModelMemoryException ? "no_memory" : "failed");
    }

    private sealed class Opening
    {
        public TaskCompletionSource<InferenceResult?> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Waiting { get; set; } // under the gate

        public bool HasOpened { get; set; } // under the gate, before the opening ends
    }

    private sealed class Closing(IModelBackend backend)
    {
        public IModelBackend Backend => backend;

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
