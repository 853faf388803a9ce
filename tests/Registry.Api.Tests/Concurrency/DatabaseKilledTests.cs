using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Alone;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Concurrency;

/// <summary>PostgreSQL is killed under load, three times: callers are told to come back, and whatever was acknowledged is there afterwards.</summary>
public sealed class DatabaseKilledTests : IDisposable
{
    private const int Kills = 3;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Postgres_KilledUnderLoad_RefusalsAreRetryableAndNothingAcknowledgedIsLost()
    {
        await using var registry = await RegistryProcess.StartAsync(_folder.Path);
        await registry.Mlflow.EnsureRegisteredModelAsync("load");
        var run = (await registry.Mlflow.CreateRunAsync("0", null)).Info.RunId;
        using var stop = new CancellationTokenSource();
        var log = new LoadLog();
        var writers = Enumerable.Range(0, 8).Select(writer => WriteAsync(registry.Http, run, writer, log, stop.Token)).ToList();

        var postgres = registry.PostgresId;
        for (var kill = 0; kill < Kills; kill++)
        {
            await log.GrowsAsync(50);
            await RegistryProcess.SignalAsync(postgres, "KILL");
            var killed = postgres;
            // The next server writes its own id; until then the file may be missing, half written, or the old one's.
            await Eventually.TrueAsync(() => TryReadPostgresId(out postgres) && postgres != killed);
            await log.GrowsAsync(50);
        }
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        Assert.NotEmpty(log.Refused);
        Assert.All(log.Refused, refusal => Assert.Equal((HttpStatusCode.ServiceUnavailable, true), refusal));
        var steps = (await registry.Mlflow.GetMetricHistoryAsync(run, "m")).Select(m => m.Step).ToHashSet();
        Assert.Empty(log.Steps.Except(steps));
        var (given, stored) = (log.Versions.Order().ToList(), await VersionsAsync(registry.Http));
        Assert.Equal(given.Distinct(), given);
        Assert.Empty(given.Except(stored));
    }

    private static async Task WriteAsync(HttpClient http, string run, int writer, LoadLog log, CancellationToken stop)
    {
        for (var step = writer; !stop.IsCancellationRequested; step += 8)
        {
            var isMetric = writer % 2 == 0;
            using var body = new StringContent(
                isMetric
                    ? $$"""{"run_id":"{{run}}","key":"m","value":1,"timestamp":1,"step":{{step}}}"""
                    : """{"name":"load","source":"runs:/r/m"}""",
                Encoding.UTF8,
                "application/json"
            );
            using var response = await http.PostAsync(
                new Uri($"api/2.0/mlflow/{(isMetric ? "runs/log-metric" : "model-versions/create")}", UriKind.Relative),
                body,
                CancellationToken.None
            );
            if (!response.IsSuccessStatusCode)
            {
                log.Refused.Add((response.StatusCode, response.Headers.RetryAfter is not null));
            }
            else if (isMetric)
            {
                log.Steps.Add(step);
            }
            else
            {
                var answer = (await response.Content.ReadFromJsonAsync<JsonNode>(CancellationToken.None))!;
                log.Versions.Add(int.Parse((string)answer["model_version"]!["version"]!, CultureInfo.InvariantCulture));
            }
        }
    }

    private static async Task<List<int>> VersionsAsync(HttpClient http)
    {
        var page = await http.GetFromJsonAsync<JsonNode>(new Uri("api/2.0/mlflow/model-versions/search", UriKind.Relative));
        return [.. page!["model_versions"]!.AsArray().Select(v => int.Parse((string)v!["version"]!, CultureInfo.InvariantCulture))];
    }

    private bool TryReadPostgresId(out int id)
    {
        try
        {
            id = RegistryProcess.ReadPostgresId(_folder.Path);
            return true;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or FormatException)
        {
            id = 0;
            return false;
        }
    }

    /// <summary>What the writers were told.</summary>
    private sealed class LoadLog
    {
        public ConcurrentBag<long> Steps { get; } = [];

        public ConcurrentBag<int> Versions { get; } = [];

        public ConcurrentBag<(HttpStatusCode Status, bool SaysWhen)> Refused { get; } = [];

        public Task GrowsAsync(int by)
        {
            var before = Steps.Count + Versions.Count;
            return Eventually.TrueAsync(() => Steps.Count + Versions.Count >= before + by, TimeSpan.FromSeconds(60));
        }
    }
}
