using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Residency;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Telemetry;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Serving;

/// <summary>
/// One version of a model, loaded, with its batcher, and counted: it is unloaded when everyone who holds it has let go, so that a request that has started always
/// ends. Whoever creates it holds it once and calls <see cref="Release"/> once; each snapshot and each request holds it for its own time.
/// </summary>
#pragma warning disable CA1001 // Ownership is counted: the last Release disposes the batcher and the session.
public sealed class LoadedModel
#pragma warning restore CA1001
{
    private readonly IModelBackend _backend;
    private readonly ILogger _logger;
    private readonly EngineMetrics? _metrics;
    private readonly TaskCompletionSource _unloaded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Starts with the creator's hold. Never rises again once it was zero.
    private int _holders = 1;

    /// <summary>Takes ownership of what answers.</summary>
    public LoadedModel(
        string name,
        int version,
        string digest,
        IModelBackend backend,
        ILogger? logger = null,
        EngineMetrics? metrics = null
    )
    {
        Name = name;
        Version = version;
        Digest = digest;
        _backend = backend;
        OnDemand = backend as OnDemandBackend;
        _logger = logger ?? NullLogger.Instance;
        _metrics = metrics;
        metrics?.ModelsChanged(1);
    }

    /// <summary>Takes ownership of a session and puts a queue in front of it.</summary>
    public LoadedModel(
        string name,
        int version,
        string digest,
        ModelSession session,
        ModelSettings settings,
        TimeProvider time,
        ILogger? logger = null,
        EngineMetrics? metrics = null
    )
        : this(
            name,
            version,
            digest,
            Answering(session, settings, new ModelLabels(name, $"{version}"), time, logger, metrics),
            logger,
            metrics
        ) { }

    /// <summary>The registered model's name.</summary>
    public string Name { get; }

    /// <summary>The version's number.</summary>
    public int Version { get; }

    /// <summary>The digest of the model's files: equal digests are equal models.</summary>
    public string Digest { get; }

    /// <summary>The model as one that is opened when it is needed; null for one that is open as long as it is loaded.</summary>
    public OnDemandBackend? OnDemand { get; }

    /// <summary>Whether its signature is known: not before an on-demand model was open for the first time.</summary>
    public bool IsKnown => OnDemand is null or { IsKnown: true };

    /// <summary>Inputs and outputs.</summary>
    public ModelSignature Signature => _backend.Signature;

    /// <summary>Execution providers in use.</summary>
    public IReadOnlyList<string> Providers => _backend.Providers;

    /// <summary>Requests waiting now.</summary>
    public int QueuedRequests => _backend.QueuedRequests;

    /// <summary>Whether requests are joined now.</summary>
    public bool JoinsRequests => _backend.JoinsRequests;

    /// <summary>Completes when the model's memory has been given back.</summary>
    public Task Unloaded => _unloaded.Task;

    /// <summary>Holds the model; false when it is being unloaded. Each success is matched by one <see cref="Release"/>.</summary>
    public bool TryHold()
    {
        var seen = Volatile.Read(ref _holders);
        while (seen > 0)
        {
            var before = Interlocked.CompareExchange(ref _holders, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>Lets go; the last to do so starts the unloading.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _holders);
        ObjectDisposedException.ThrowIf(left < 0, this);
        if (left == 0)
        {
            _ = UnloadAsync();
        }
    }

    /// <inheritdoc cref="ModelBatcher.InferAsync"/>
    public ValueTask<InferenceResult> InferAsync(
        IReadOnlyList<Tensor> inputs,
        in InferenceCall call,
        CancellationToken cancellationToken
    ) => _backend.InferAsync(inputs, call, cancellationToken);

    /// <inheritdoc cref="ModelBatcher.InferAsync"/>
    public ValueTask<InferenceResult> InferAsync(IReadOnlyList<Tensor> inputs, TimeSpan? timeLimit, CancellationToken cancellationToken) =>
        _backend.InferAsync(inputs, InferenceCall.Within(timeLimit), cancellationToken);

    private static SessionBackend Answering(
        ModelSession session,
        ModelSettings settings,
        ModelLabels labels,
        TimeProvider time,
        ILogger? logger,
        EngineMetrics? metrics
    ) =>
        new(
            new ModelBatcher(session, settings, session.RowsAreIndependent, labels, time, logger, metrics),
            session.Signature,
            session.Providers,
            session
        );

    private async Task UnloadAsync()
    {
        try
        {
            await _backend.DisposeAsync();
            _metrics?.ModelsChanged(-1);
            EngineLog.Unloaded(_logger, Name, $"{Version}");
            _unloaded.SetResult();
        }
        catch (Exception e)
        {
            // Nobody awaits an unload in the serving path: the log and the task are where it is seen.
            EngineLog.UnloadFailed(_logger, e, Name, $"{Version}");
            _unloaded.SetException(e);
        }
    }
}
