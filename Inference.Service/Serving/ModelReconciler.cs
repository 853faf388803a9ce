using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Serving;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Residency;
using Slipway.Inference.Engine.Serving;

namespace Slipway.Inference.Service.Serving;

/// <summary>
/// Brings what is loaded to what is desired: loads missing versions beside the serving ones, swaps the snapshot when they are ready, lets go of what nothing
/// needs any more, and tries failed versions again with back-off. All state but the ends of loads belongs to the one loop.
/// </summary>
internal sealed class ModelReconciler(
    DesiredState desired,
    ModelLoader loader,
    IModelFiles files,
    SnapshotHolder snapshots,
    ServingDirectory directory,
    IOptions<ServingOptions> options,
    GoneVersionMetrics gone,
    TimeProvider time,
    ILogger<ModelReconciler> logger,
    ServingStateStore? store = null
) : BackgroundService
{
    private const int MaxConcurrentLoads = 2;
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_passRetryDelay = TimeSpan.FromSeconds(1);

    private readonly Dictionary<VersionId, LoadedModel> _loaded = [];
    private readonly Dictionary<VersionId, LoadFailure> _failures = [];
    private readonly Dictionary<VersionId, (CancellationTokenSource Cancellation, Task Task)> _loading = [];
    private readonly ConcurrentQueue<LoadOutcome> _outcomes = new();
    private EffectiveServing _effective = EffectiveServing.None;
    private ServingState? _carriedOut;
    private bool _isReady;
    private long _loadedRevision;

    /// <summary>One pass: never waits for a load. Returns how long until there is something to do without a wake-up.</summary>
    public TimeSpan RunOnce(CancellationToken ct)
    {
        var state = desired.Current;
        var changed = TakeOutcomes() || !ReferenceEquals(state, _carriedOut);
        _carriedOut = state;
        if (state is null)
        {
            return s_longestWait;
        }
        var wanted = state.Models.ToDictionary(VersionId.Of);
        Forget(wanted);
        while (StartLoads(wanted, ct))
        {
            // What is settled now may be what an ensemble waits for.
            changed = true;
        }
        if (changed)
        {
            Publish(state, wanted);
        }
        gone.Forget(_loaded.Keys.Select(version => version.Key));
        return UntilNextRetry(wanted);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var load in _loading.Values)
        {
            // Cancelled with the loop; each ends with an outcome, never with an exception.
            await load.Task;
        }
        TakeOutcomes();
        snapshots.Swap(ServingSnapshot.Empty);
        foreach (var model in _loaded.Values)
        {
            model.Release();
        }
        _loaded.Clear();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        files.RemoveLeftovers();
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = s_passRetryDelay;
            try
            {
                wait = RunOnce(stoppingToken);
            }
            catch (Exception e)
            {
                // A bug or a broken disk: what is served stays, and the next pass starts from the same facts.
                ServingEvents.PassFailed(logger, e, wait);
                _carriedOut = null;
            }
            try
            {
                await desired.WaitAsync(wait, time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
    }

    private bool TakeOutcomes()
    {
        var any = false;
        while (_outcomes.TryDequeue(out var outcome))
        {
            any = true;
            if (_loading.Remove(outcome.Version, out var load))
            {
                load.Cancellation.Dispose();
            }
            if (outcome.Model is { } model)
            {
                _failures.Remove(outcome.Version);
                _loaded.Add(outcome.Version, model);
            }
            else if (outcome.Error is { } error)
            {
                NoteFailure(outcome.Version, error);
            }
        }
        return any;
    }

    private void NoteFailure(VersionId version, Exception error)
    {
        var attempts = _failures.TryGetValue(version, out var before) ? before.Attempts + 1 : 1;
        var limits = options.Value;
        var delay = TimeSpan.FromTicks(
            (long)Math.Min(limits.MinLoadRetryDelay.Ticks * Math.Pow(2, Math.Min(attempts - 1, 30)), limits.MaxLoadRetryDelay.Ticks)
        );
        var code =
            error is ModelLoadException refused ? refused.Code
            : error is ModelMemoryException ? "no_memory"
            : "download_failed";
        _failures[version] = new LoadFailure(
            error.Message,
            error is ModelLoadException or ModelMemoryException,
            attempts,
            time.GetTimestamp(),
            delay
        )
        {
            IsOutOfMemory = error is ModelMemoryException,
        };
        ServingEvents.LoadFailed(logger, version.Model, version.Version, code, delay, error.Message);
    }

    private void Forget(Dictionary<VersionId, ServedModelVersion> wanted)
    {
        foreach (var version in _failures.Keys.Where(version => !wanted.ContainsKey(version)).ToArray())
        {
            _failures.Remove(version);
        }
        foreach (var (version, load) in _loading)
        {
            if (!wanted.ContainsKey(version))
            {
                load.Cancellation.Cancel();
            }
        }
    }

    /// <summary>Begins what is due; true when something is settled by that alone.</summary>
    private bool StartLoads(Dictionary<VersionId, ServedModelVersion> wanted, CancellationToken ct)
    {
        var settled = false;
        foreach (var (id, version) in wanted)
        {
            var isDue = !_failures.TryGetValue(id, out var failure) || failure.UntilRetry(time) <= TimeSpan.Zero;
            if (!isDue || _loaded.ContainsKey(id) || _loading.ContainsKey(id))
            {
                continue;
            }
            if (loader.IsOnDemand(version))
            {
                _loaded.Add(id, loader.CreateOnDemand(version));
                settled = true;
                continue;
            }
            if (_loading.Count >= MaxConcurrentLoads)
            {
                continue;
            }
            IReadOnlyList<LoadedModel>? steps = null;
            if (EnsembleConfiguration.IsEnsemble(version))
            {
                steps = EnsembleSteps.Find(version, wanted, _loaded, _failures, out var problem);
                if (problem is not null)
                {
                    NoteFailure(id, new ModelLoadException(ModelLoadCodes.InvalidConfiguration, problem));
                    settled = true;
                }
                if (steps is null)
                {
                    continue;
                }
            }
            var cancellation = CancellationTokenSource.CreateLinkedTokenSource(ct);
            _loading.Add(id, (cancellation, LoadAsync(id, version, steps, cancellation.Token)));
        }
        return settled;
    }

    private async Task LoadAsync(VersionId id, ServedModelVersion version, IReadOnlyList<LoadedModel>? steps, CancellationToken ct)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var model = steps is null ? await loader.LoadAsync(version, ct) : await loader.LoadEnsembleAsync(version, steps, ct);
            _outcomes.Enqueue(new LoadOutcome(id, model, null));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            _outcomes.Enqueue(new LoadOutcome(id, null, null));
        }
        catch (Exception e)
        {
            // Whatever one version does must not keep others from serving; it is reported with the version.
            _outcomes.Enqueue(new LoadOutcome(id, null, e));
        }
        desired.Wake();
    }

    private void Publish(ServingState state, Dictionary<VersionId, ServedModelVersion> wanted)
    {
        _effective = EffectiveServing.Next(state, _effective, _loaded.ContainsKey);
        var needed = wanted.Keys.Concat(_effective.Versions).Concat(Superseded(wanted)).ToHashSet();
        var isComplete = wanted.Keys.All(_loaded.ContainsKey);
        if (isComplete && _loadedRevision != state.Revision)
        {
            _loadedRevision = state.Revision;
            store?.Save(state);
            ServingEvents.FullyLoaded(logger, state.Revision);
        }
        _isReady |= wanted.Keys.All(version => _loaded.ContainsKey(version) || _failures.GetValueOrDefault(version) is { IsLasting: true });
        snapshots.Swap(BuildSnapshot(state.Revision, wanted, needed));
        directory.Current = new ServingView(_loadedRevision, _isReady, state, _effective, Statuses(needed));
        // After the swap: the snapshot before holds its models until its last request has ended.
        foreach (var version in _loaded.Keys.Where(version => !needed.Contains(version)).ToArray())
        {
            _loaded.Remove(version, out var model);
            model!.Release();
            gone.Note(version.Key);
        }
        files.Trim(needed.Select(version => version.Digest).ToHashSet(StringComparer.Ordinal));
    }

    // Bytes that answer for a version's number until the bytes that are wanted for it are ready.
    private IEnumerable<VersionId> Superseded(Dictionary<VersionId, ServedModelVersion> wanted)
    {
        var missing = wanted.Keys.Where(version => !_loaded.ContainsKey(version)).Select(version => version.Key).ToHashSet();
        return _loaded.Keys.Where(version => missing.Contains(version.Key));
    }

    private ServingSnapshot BuildSnapshot(long revision, Dictionary<VersionId, ServedModelVersion> wanted, HashSet<VersionId> needed)
    {
        var endpoints = _effective.Endpoints.Select(endpoint => new ServingEndpoint(
            endpoint.Key,
            [.. endpoint.Value.Select(route => new WeightedRoute(_loaded[route.Version], route.Weight))]
        ));
        // A version number whose bytes changed is loaded twice for a while: by number, the wanted bytes answer as soon as they can.
        var models = needed
            .Where(_loaded.ContainsKey)
            .GroupBy(version => version.Key)
            .Select(versions => _loaded[versions.OrderByDescending(wanted.ContainsKey).First()]);
        return new ServingSnapshot(revision, endpoints, models, _effective.Defaults.Values.Select(version => _loaded[version]));
    }

    private VersionStatus[] Statuses(IEnumerable<VersionId> versions) =>
        [
            .. versions
                .Select(version =>
                    _loaded.TryGetValue(version, out var model) ? new VersionStatus(version, VersionStatus.Ready, null, model)
                    : _failures.TryGetValue(version, out var failure)
                        ? new VersionStatus(version, VersionStatus.Failed, failure.Reason, null) { IsOutOfMemory = failure.IsOutOfMemory }
                    : new VersionStatus(version, VersionStatus.Loading, null, null)
                )
                .OrderBy(status => status.Id.Model, StringComparer.Ordinal)
                .ThenBy(status => status.Id.Version),
        ];

    private TimeSpan UntilNextRetry(Dictionary<VersionId, ServedModelVersion> wanted)
    {
        var wait = s_longestWait;
        foreach (var (version, failure) in _failures)
        {
            if (wanted.ContainsKey(version) && !_loading.ContainsKey(version))
            {
                wait = TimeSpan.FromTicks(Math.Clamp(failure.UntilRetry(time).Ticks, TimeSpan.TicksPerMillisecond, wait.Ticks));
            }
        }
        return wait;
    }

    private sealed record LoadOutcome(VersionId Version, LoadedModel? Model, Exception? Error);
}
