using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slipway.Contracts;
using Slipway.Contracts.Monitoring;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Serving;
using Slipway.Contracts.Training;

namespace Slipway.Monitoring.Worker.Tests.Hosting;

/// <summary>The registry's and training's routes that monitoring calls, over real HTTP, from memory.</summary>
internal sealed class FakeNeighbours : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, byte[]> _blobs = new();
    private readonly ConcurrentDictionary<Guid, TrainingJob> _jobs = new();
    private readonly ConcurrentDictionary<(string, int), ModelVersionOverview> _versions = new();
    private readonly WebApplication _app;

    private FakeNeighbours(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    /// <summary>Answers everything with 500, as a service does whose database is away.</summary>
    public bool IsAway { get; set; }

    public int Calls { get; private set; }

    public static async Task<FakeNeighbours> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var fake = new FakeNeighbours(app);
        app.Use(
            async (context, next) =>
            {
                fake.Calls++;
                if (fake.IsAway)
                {
                    context.Response.StatusCode = 500;
                    return;
                }
                await next(context);
            }
        );
        app.MapGet(
            "/api/v1/models/{name}/versions/{version:int}",
            (string name, int version) =>
                fake._versions.TryGetValue((name, version), out var found)
                    ? Results.Json(found, ContractsJson.Default.ModelVersionOverview)
                    : Results.NotFound()
        );
        app.MapGet(
            "/api/v1/blobs/{digest}",
            (string digest) => fake._blobs.TryGetValue(digest, out var blob) ? Results.Bytes(blob) : Results.NotFound()
        );
        app.MapGet(
            "/api/v1/jobs/{id:guid}",
            (Guid id) => fake._jobs.TryGetValue(id, out var job) ? Results.Json(job, ContractsJson.Default.TrainingJob) : Results.NotFound()
        );
        await app.StartAsync();
        return fake;
    }

    public void AddVersion(string model, int version, BaselineProfile? baseline, IReadOnlyDictionary<string, double>? metrics = null) =>
        AddVersion(
            model,
            version,
            baseline is null ? null : JsonSerializer.SerializeToUtf8Bytes(baseline, ContractsJson.Default.BaselineProfile),
            metrics
        );

    public void AddVersion(string model, int version, byte[]? baseline, IReadOnlyDictionary<string, double>? metrics = null)
    {
        var files = new List<ServedFile> { new("model.onnx", new string('0', 64), 1) };
        if (baseline is not null)
        {
            var digest = Convert.ToHexStringLower(SHA256.HashData(baseline));
            _blobs[digest] = baseline;
            files.Add(new ServedFile(BaselineProfile.FileName, digest, baseline.Length));
        }
        _versions[(model, version)] = new ModelVersionOverview
        {
            Version = version,
            CreatedAt = DateTimeOffset.UnixEpoch,
            VettingStatus = "passed",
            Metrics = metrics ?? new Dictionary<string, double>(),
            Files = files,
        };
    }

    public void SetJob(Guid id, string status) =>
        _jobs[id] = new TrainingJob
        {
            Id = id,
            Status = status,
            CreatedAt = DateTimeOffset.UnixEpoch,
            Request = new TrainingJobRequest
            {
                Datasets = [],
                Target = "y",
                Trainer = "linear",
                ModelName = "bikes",
            },
        };

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
