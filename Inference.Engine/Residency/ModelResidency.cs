using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Inference.Engine.Telemetry;

namespace Slipway.Inference.Engine.Residency;

/// <summary>
/// Which of many models are open: those that were used last, as far as the memory goes. A model that answers a request, keeps a sequence or is pinned is never closed.
/// </summary>
public sealed class ModelResidency : IDisposable
{
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromMilliseconds(500);
    private readonly ResidencyMetrics? _metrics;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _loads;
    private readonly Lock _gate = new();
    private readonly MemoryLedger _ledger; // under the gate
    private readonly HashSet<OnDemandBackend> _residents = []; // under the gate
    private TaskCompletionSource _idle = NewSignal(); // under the gate

    // Loads that wait for a model to become idle, and one more while the budget is overdrawn. Models read it whenever they become idle.
    private int _interested;
    private bool _isTrimming; // under the gate

    /// <summary>Begins with no model open.</summary>
    public ModelResidency(ResidencySettings settings, TimeProvider time, ResidencyMetrics? metrics = null, ILogger? logger = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.BudgetBytes, 1);
        Settings = settings;
        Time = time;
        _metrics = metrics;
        _logger = logger ?? NullLogger.Instance;
        _loads = new SemaphoreSlim(settings.MaxConcurrentLoads);
        _ledger = new MemoryLedger(settings.BudgetBytes);
    }

    /// <summary>How memory is shared.</summary>
    public ResidencySettings Settings { get; }

    /// <summary>Bytes that open models take now, and that loads under way have reserved.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_gate)
            {
                return _ledger.UsedBytes;
            }
        }
    }

    /// <summary>Models open now, or closing: their memory is not back yet.</summary>
    public int ResidentCount
    {
        get
        {
            lock (_gate)
            {
                return _residents.Count;
            }
        }
    }

    internal TimeProvider Time { get; }

    internal ResidencyMetrics? Metrics => _metrics;

    /// <inheritdoc/>
    public void Dispose() => _loads.Dispose();

    internal Task EnterLoadAsync(CancellationToken ct) => _loads.WaitAsync(ct);

    internal void LeaveLoad() => _loads.Release();

    /// <summary>Gets memory for a key, closing the longest unused models as it needs; throws <see cref="ModelMemoryException"/> where there is none.</summary>
    internal async Task ReserveAsync(string key, long bytes, CancellationToken ct)
    {
        RefuseLarger(bytes);
        var began = Time.GetTimestamp();
        Interlocked.Increment(ref _interested);
        try
        {
            while (true)
            {
                OnDemandBackend? victim;
                Task idle;
                bool canCome;
                lock (_gate)
                {
                    var before = _ledger.UsedBytes;
                    if (_ledger.TryHold(key, bytes))
                    {
                        _metrics?.BytesChanged(_ledger.UsedBytes - before);
                        return;
                    }

                    idle = _idle.Task;
                    victim = TakeOldestIdle();
                    canCome = MemoryCanCome();
                }

                if (victim is not null)
                {
                    await EvictAsync(victim);
                    continue;
                }

                var left = Settings.MemoryWait - Time.GetElapsedTime(began);
                if (left <= TimeSpan.Zero || !canCome)
                {
                    throw Full(bytes, canCome);
                }

                try
                {
                    await idle.WaitAsync(left < s_lookInterval ? left : s_lookInterval, Time, ct);
                }
                catch (TimeoutException)
                {
                    // A sequence that was left alone until its limit ends without a word; and a last look at the end of the time is due in any case.
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref _interested);
        }
    }

    /// <summary>Puts what was measured in the place of the estimate. What is over the budget then is closed, as soon as it is idle.</summary>
    internal async Task SettleAsync(string key, long bytes)
    {
        RefuseLarger(bytes);
        lock (_gate)
        {
            var before = _ledger.UsedBytes;
            _ledger.Correct(key, bytes);
            _metrics?.BytesChanged(_ledger.UsedBytes - before);
        }

        await TrimAsync();
    }

    /// <summary>Gives memory back that a load had reserved, and takes the model out that has closed with it. At once: a load that finds neither is refused.</summary>
    internal void GiveBack(string key, OnDemandBackend? closed = null)
    {
        lock (_gate)
        {
            if (closed is not null && _residents.Remove(closed))
            {
                _metrics?.ResidentsChanged(-1);
            }

            var before = _ledger.UsedBytes;
            _ledger.Release(key);
            _metrics?.BytesChanged(_ledger.UsedBytes - before);
        }

        BecameIdle();
    }

    internal void Opened(OnDemandBackend model)
    {
        lock (_gate)
        {
            _residents.Add(model);
        }

        _metrics?.ResidentsChanged(1);
        BecameIdle();
    }

    /// <summary>Called by a model whose last request has ended; cheap while nobody waits for memory.</summary>
    internal void BecameIdle()
    {
        if (Volatile.Read(ref _interested) == 0)
        {
            return;
        }

        TaskCompletionSource signal;
        bool trims;
        lock (_gate)
        {
            (signal, _idle) = (_idle, NewSignal());
            trims = _isTrimming;
        }

        signal.SetResult();
        if (trims)
        {
            _ = Task.Run(TrimAsync);
        }
    }

    private async Task TrimAsync()
    {
        while (true)
        {
            OnDemandBackend? victim;
            lock (_gate)
            {
                victim = _ledger.IsOverdrawn ? TakeOldestIdle() : null;
                // What is busy now is looked at again when it is not.
                var mustGoOn = victim is null && _ledger.IsOverdrawn;
                if (mustGoOn != _isTrimming && victim is null)
                {
                    _isTrimming = mustGoOn;
                    Interlocked.Add(ref _interested, mustGoOn ? 1 : -1);
                    // Whoever became idle before the line above did not see it.
                    victim = mustGoOn ? TakeOldestIdle() : null;
                }
            }

            if (victim is null)
            {
                return;
            }

            await EvictAsync(victim);
        }
    }

    private async Task EvictAsync(OnDemandBackend victim)
    {
        _metrics?.Evicted();
        try
        {
            await victim.CloseAsync();
        }
        catch (Exception e)
        {
            // Its memory is counted as given back all the same: another try would end the same way, and others must be served.
            EngineLog.EvictionFailed(_logger, e);
        }
    }

    // Under the gate. The model cannot be held any more when this returns it, and its caller closes it.
    private OnDemandBackend? TakeOldestIdle()
    {
        while (true)
        {
            OnDemandBackend? oldest = null;
            foreach (var model in _residents)
            {
                if (model.CanClose && (oldest is null || model.LastUsed < oldest.LastUsed))
                {
                    oldest = model;
                }
            }

            if (oldest is null || oldest.TryRetire())
            {
                return oldest;
            }
        }
    }

    // Under the gate. From a model that becomes idle or closes now, even a pinned one; or from a load under way, which may give back what it has reserved.
    private bool MemoryCanCome() =>
        _residents.Any(model => !model.IsPinned || !model.IsOpen) || Settings.MaxConcurrentLoads - _loads.CurrentCount > 1;

    private void RefuseLarger(long bytes)
    {
        if (bytes > Settings.BudgetBytes)
        {
            throw new ModelMemoryException(
                $"the model needs {bytes} bytes of memory, which is more than the {Settings.BudgetBytes} bytes that all models may have together",
                isForGood: true
            );
        }
    }

    private ModelMemoryException Full(long bytes, bool waitingHelps) =>
        new(
            $"the model needs {bytes} bytes of memory, and the {Settings.BudgetBytes} bytes for models are taken by models that are pinned or busy",
            isForGood: false
        )
        {
            WaitingHelps = waitingHelps,
        };

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
