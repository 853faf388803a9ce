using System.Diagnostics;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Serving;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Telemetry;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Repository;

namespace Slipway.Inference.Service.Serving;

/// <summary>Brings a version from the registry's description to a warm model: files, session, one run on zeros.</summary>
internal sealed class ModelLoader(
    IModelFiles files,
    SessionPool sessions,
    IOptions<ServingOptions> serving,
    IOptions<EngineOptions> engine,
    ModelConfigurations configurations,
    EngineMetrics metrics,
    TimeProvider time,
    ILoggerFactory loggers
)
{
    private readonly ILogger<ModelLoader> _logger = loggers.CreateLogger<ModelLoader>();

    /// <summary>
    /// Loads a version; the caller releases the model. Throws <see cref="ModelDownloadException"/> when its files cannot be had and
    /// <see cref="ModelLoadException"/> when they are refused.
    /// </summary>
    public async Task<LoadedModel> LoadAsync(ServedModelVersion version, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var folder = await files.GetAsync(version, ct);
        // Opening a model is long, synchronous work.
        var session = await Task.Run(() => sessions.Acquire(version.Digest, () => Open(Path.Combine(folder, version.ModelFile), ct)), ct);
        LoadedModel model;
        try
        {
            model = Configure(version, session, folder);
        }
        catch (Exception e) when (e is RepositoryException or ArgumentException)
        {
            session.Dispose();
            throw new ModelLoadException(ModelLoadCodes.InvalidConfiguration, e.Message, e);
        }
        ServingEvents.Loaded(
            _logger,
            version.Model,
            version.Version,
            version.Digest,
            session.Session.Providers[0],
            Stopwatch.GetElapsedTime(started).TotalMilliseconds
        );
        return model;
    }

    private LoadedModel Configure(ServedModelVersion version, SharedSession session, string folder)
    {
        var options = engine.Value;
        var written = version.Configuration is { } json ? ModelConfigFile.Parse(json) : new ModelConfig();
        ModelConfigFile.Complete(written, version.Model);
        var config = ModelConfigGraph.Complete(written, session.Signature, options.MaxBatchSize);
        var labels = LabelFiles.Read(config, folder);
        // What was inferred describes the model; only what was written binds it.
        var settings = ModelConfigSettings.Apply(written, options.ToModelSettings(), options.ResponseCacheBytes);
        var logger = loggers.CreateLogger("Slipway.Inference.Engine");
        var modelLabels = new ModelLabels(version.Model, $"{version.Version}");
        var backend = ModelBackends.Create(session, settings, modelLabels, time, logger, metrics);
        var model = new LoadedModel(version.Model, version.Version, version.Digest, backend, logger, metrics);
        configurations.Set(model, new ModelConfiguration(config, written.MaxBatchSize, labels));
        return model;
    }

    private ModelSession Open(string path, CancellationToken ct)
    {
        if (engine.Value.RunMemoryLimitBytes > 0)
        {
            ModelSession.LimitRunMemory(engine.Value.RunMemoryLimitBytes);
        }
        var session = ModelSession.Load(path, engine.Value.ToSessionOptions(), _logger, metrics, ct);
        if (serving.Value.WarmUp)
        {
            // The outcome decides nothing: zeros may be nonsense to a model, and vetting has run it on its example.
            session.WarmUp(ct).Dispose();
        }
        return session;
    }
}
