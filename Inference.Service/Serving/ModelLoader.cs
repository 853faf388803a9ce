using System.Diagnostics;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Serving;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Ensembles;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Residency;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Telemetry;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Repository;

namespace Slipway.Inference.Service.Serving;

/// <summary>Brings a version from the registry's description to a warm model: files, session, one run on zeros.</summary>
internal sealed class ModelLoader(
    IModelFiles files,
    SessionPool sessions,
    ModelMemory memory,
    IOptions<ServingOptions> serving,
    IOptions<EngineOptions> engine,
    ModelConfigurations configurations,
    ModelFactsTable facts,
    EngineMetrics metrics,
    TimeProvider time,
    ILoggerFactory loggers
)
{
    private readonly ILogger<ModelLoader> _logger = loggers.CreateLogger<ModelLoader>();
    private readonly ModelSessionOptions _sessionOptions = engine.Value.ToSessionOptions();
    private readonly ILogger _engineLogger = loggers.CreateLogger("Slipway.Inference.Engine");

    /// <summary>Whether a version is loaded by its first request: <see cref="CreateOnDemand"/> makes it servable at once.</summary>
    public bool IsOnDemand(ServedModelVersion version) =>
        memory.Residency is not null && !memory.IsPinned(version.Model) && !EnsembleConfiguration.IsEnsemble(version);

    /// <summary>A model that is opened when somebody needs it; the caller releases it.</summary>
    public LoadedModel CreateOnDemand(ServedModelVersion version)
    {
        LoadedModel? model = null;
        var source = new SessionSource(
            version,
            files,
            () =>
            {
                _ = Read(version, out var options);
                return KeyOf(version, options);
            },
            async (folder, ct) =>
            {
                var (backend, configuration) = await OpenAsync(version, folder, ct);
                configurations.Set(model!, configuration);
                return backend;
            }
        );
        var onDemand = new OnDemandBackend(memory.Residency!, source, memory.IsPinned(version.Model), _engineLogger);
        return model = new LoadedModel(version.Model, version.Version, version.Digest, onDemand, _engineLogger, metrics);
    }

    /// <summary>
    /// Loads a version; the caller releases the model. Throws <see cref="ModelDownloadException"/> when its files cannot be had,
    /// <see cref="ModelMemoryException"/> when there is no memory for it, and <see cref="ModelLoadException"/> when it is refused.
    /// </summary>
    public async Task<LoadedModel> LoadAsync(ServedModelVersion version, CancellationToken ct)
    {
        if (memory.Residency is not null)
        {
            return await LoadPinnedAsync(version, ct);
        }
        var folder = await files.GetAsync(version, ct);
        var (backend, configuration) = await OpenAsync(version, folder, ct);
        return Name(version, backend, configuration);
    }

    /// <summary>Makes an ensemble of loaded models, which are given in the order of its steps. Throws <see cref="ModelLoadException"/> where they make none.</summary>
    public async Task<LoadedModel> LoadEnsembleAsync(ServedModelVersion version, IReadOnlyList<LoadedModel> steps, CancellationToken ct)
    {
        foreach (var step in steps.Where(step => !step.IsKnown))
        {
            // Only an open model says what it takes and gives.
            await OpenOnceAsync(step.OnDemand!, ct);
        }
        var folder = await files.GetAsync(version, ct);
        try
        {
            var config = EnsembleConfiguration.Read(version);
            foreach (var step in steps)
            {
                EnsembleConfiguration.CheckRows(config, step.Name, configurations.Of(step).MaxRequestRows);
            }
            var labels = LabelFiles.Read(config, folder);
            var backend = new EnsembleBackend(
                EnsembleConfiguration.SignatureOf(config),
                EnsembleConfiguration.StepsOf(config, steps),
                time,
                CountStep
            );
            return Name(version, backend, new ModelConfiguration(config, config.MaxBatchSize, labels));
        }
        catch (Exception e) when (e is RepositoryException or ArgumentException)
        {
            throw new ModelLoadException(ModelLoadCodes.InvalidConfiguration, e.Message, e);
        }
    }

    private async Task<LoadedModel> LoadPinnedAsync(ServedModelVersion version, CancellationToken ct)
    {
        var model = CreateOnDemand(version);
        try
        {
            await OpenOnceAsync(model.OnDemand!, ct);
            return model;
        }
        catch
        {
            model.Release();
            throw;
        }
    }

    private static async Task OpenOnceAsync(OnDemandBackend model, CancellationToken ct)
    {
        if (await model.HoldAsync(limit: null, ct) is not { } refused)
        {
            model.Release();
            return;
        }
        ct.ThrowIfCancellationRequested();
        throw model.Failure?.Error ?? new ModelMemoryException(refused.Error!, isForGood: false);
    }

    private LoadedModel Name(ServedModelVersion version, IModelBackend backend, ModelConfiguration configuration)
    {
        var model = new LoadedModel(version.Model, version.Version, version.Digest, backend, _engineLogger, metrics);
        configurations.Set(model, configuration);
        return model;
    }

    // The steps of a request to an ensemble are requests to their models in the protocol's statistics.
    private void CountStep(LoadedModel model, InferenceResult result)
    {
        var statistics = facts.Of(model).Statistics;
        var total = result.QueueDuration + result.ComputeDuration;
        if (result.Status != InferenceStatus.Ok)
        {
            statistics.Failed(ModelDirectory.Refused(result, model.Name).Status, total);
            return;
        }
        var rows = result.Outputs.Count == 0 ? 1 : Math.Max(1, result.Outputs[0].RowCount);
        statistics.Succeeded(
            new RequestTimes(rows, result.BatchRows, default, result.QueueDuration, result.ComputeDuration, default, total),
            time.GetUtcNow()
        );
    }

    private async Task<(IModelBackend Backend, ModelConfiguration Configuration)> OpenAsync(
        ServedModelVersion version,
        string folder,
        CancellationToken ct
    )
    {
        var started = Stopwatch.GetTimestamp();
        var written = Read(version, out var options);
        var key = KeyOf(version, options);
        // Opening a model is long, synchronous work.
        var session = await Task.Run(() => sessions.Acquire(key, () => Open(Path.Combine(folder, version.ModelFile), options, ct)), ct);
        (IModelBackend Backend, ModelConfiguration Configuration) opened;
        string provider;
        try
        {
            provider = session.Session.Providers[0];
            opened = Configure(version, written, session, folder);
        }
        catch (Exception e)
        {
            session.Dispose();
            if (e is RepositoryException or ArgumentException)
            {
                throw new ModelLoadException(ModelLoadCodes.InvalidConfiguration, e.Message, e);
            }
            throw;
        }
        await WarmUpAsync(written, opened.Backend, folder, ct);
        ServingEvents.Loaded(
            _logger,
            version.Model,
            version.Version,
            version.Digest,
            provider,
            Stopwatch.GetElapsedTime(started).TotalMilliseconds
        );
        return opened;
    }

    /// <summary>Equal for versions that share a session: the same bytes opened in the same way.</summary>
    private string KeyOf(ServedModelVersion version, ModelSessionOptions options) =>
        SessionSource.KeyOf(version) + ModelConfigProviders.KeyOf(options, _sessionOptions);

    private ModelConfig Read(ServedModelVersion version, out ModelSessionOptions options)
    {
        try
        {
            var written = version.Configuration is { } text ? ModelConfigFile.ParseEither(text) : new ModelConfig();
            if (!files.AreOwn)
            {
                ModelConfigProviders.RefuseFiles(written);
            }
            ModelConfigFile.Complete(written, version.Model);
            options = ModelConfigProviders.Apply(written, _sessionOptions);
            return written;
        }
        catch (RepositoryException e)
        {
            throw new ModelLoadException(ModelLoadCodes.InvalidConfiguration, e.Message, e);
        }
    }

    // The backend owns the session from here on.
    private static async Task WarmUpAsync(ModelConfig config, IModelBackend backend, string folder, CancellationToken ct)
    {
        try
        {
            await ModelWarmUp.RunAsync(config, backend, folder, ct);
        }
        catch (Exception e)
        {
            await backend.DisposeAsync();
            if (e is RepositoryException or ArgumentException)
            {
                throw new ModelLoadException(ModelLoadCodes.InvalidConfiguration, e.Message, e);
            }
            throw;
        }
    }

    private (IModelBackend Backend, ModelConfiguration Configuration) Configure(
        ServedModelVersion version,
        ModelConfig written,
        SharedSession session,
        string folder
    )
    {
        var options = engine.Value;
        var config = ModelConfigGraph.Complete(written, session.Signature, options.MaxBatchSize);
        var labels = LabelFiles.Read(config, folder);
        // What was inferred describes the model; only what was written binds it.
        var settings = ModelConfigSettings.Apply(written, options.ToModelSettings(), options.ResponseCacheBytes, folder);
        var modelLabels = new ModelLabels(version.Model, $"{version.Version}");
        var backend = ModelBackends.Create(session, settings, modelLabels, time, _engineLogger, metrics);
        return (backend, new ModelConfiguration(config, written.MaxBatchSize, labels));
    }

    private ModelSession Open(string path, ModelSessionOptions options, CancellationToken ct)
    {
        if (engine.Value.RunMemoryLimitBytes > 0)
        {
            ModelSession.LimitRunMemory(engine.Value.RunMemoryLimitBytes);
        }
        var session = ModelSession.Load(path, options, _logger, metrics, ct);
        if (!serving.Value.WarmUp)
        {
            return session;
        }
        try
        {
            // The outcome decides nothing: zeros may be nonsense to a model, and vetting has run it on its example.
            session.WarmUp(ct).Dispose();
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
