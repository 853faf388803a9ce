using Microsoft.Extensions.Logging;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Caching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Sequences;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Telemetry;

namespace Slipway.Inference.Engine.Serving;

/// <summary>Puts in front of a session what a model's settings ask for: queue and batches, then the state of sequences, then the response cache.</summary>
public static class ModelBackends
{
    /// <summary>
    /// Takes ownership of the session's share. Throws an <see cref="ArgumentException"/>, and closes the share, when the settings make no sense for the model.
    /// </summary>
    public static IModelBackend Create(
        SharedSession session,
        ModelSettings settings,
        ModelLabels labels,
        TimeProvider time,
        ILogger? logger = null,
        EngineMetrics? metrics = null
    )
    {
        try
        {
            var batcher = new ModelBatcher(session, settings, session.Session.RowsAreIndependent, labels, time, logger, metrics);
            IModelBackend backend = new SessionBackend(batcher, session.Signature, session.Session.Providers, session);
            if (settings.Sequence is { } sequence)
            {
                backend = new SequenceBackend(backend, sequence, time);
            }

            return settings.ResponseCacheBytes > 0 ? new CachedBackend(backend, settings.ResponseCacheBytes, labels, metrics) : backend;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
