using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Contracts.Inference;
using Slipway.Contracts.Monitoring;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Training;

namespace Slipway.Quickstart;

/// <summary>
/// The four services as a client of them sees them: over HTTP alone, so the story runs against any installation. A service that restarts is waited
/// for; every request can be repeated, because predictions and outcomes carry ids.
/// </summary>
internal sealed class Platform : IDisposable
{
    private readonly QuickstartOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _registry;
    private readonly HttpClient _inference;
    private readonly HttpClient _training;
    private readonly HttpClient _monitoring;

    public Platform(QuickstartOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _registry = new HttpClient { BaseAddress = options.Registry };
        _inference = new HttpClient { BaseAddress = options.Inference };
        _training = new HttpClient { BaseAddress = options.Training };
        _monitoring = new HttpClient { BaseAddress = options.Monitoring };
        Registry = new RegistryClient(_registry);
        Training = new TrainingClient(_training);
        Monitoring = new MonitoringClient(_monitoring);
    }

    public RegistryClient Registry { get; }
    public TrainingClient Training { get; }
    public MonitoringClient Monitoring { get; }

    /// <summary>Waits until every service is ready.</summary>
    public async Task WaitUntilReadyAsync(CancellationToken ct)
    {
        foreach (var http in (HttpClient[])[_registry, _training, _monitoring, _inference])
        {
            await UntilAsync(
                $"{http.BaseAddress} is ready",
                async () =>
                {
                    using var response = await http.GetAsync(new Uri("health/ready", UriKind.Relative), ct);
                    return response.IsSuccessStatusCode;
                },
                ct
            );
        }
    }

    /// <summary>Stores a file in the registry's artifact store and gives its dataset address.</summary>
    public async Task<string> UploadAsync(string path, string text, CancellationToken ct)
    {
        await RetryAsync(
            async () =>
            {
                using var content = new StringContent(text, Encoding.UTF8, "text/csv");
                using var response = await _registry.PutAsync(
                    new Uri($"api/2.0/mlflow-artifacts/artifacts/{path}", UriKind.Relative),
                    content,
                    ct
                );
                response.EnsureSuccessStatusCode();
                return true;
            },
            ct
        );
        return $"mlflow-artifacts:/{path}";
    }

    /// <summary>Predicts one hour and gives the value and the version that answered.</summary>
    public Task<(double Value, int Version)> PredictAsync(string endpoint, string predictionId, BikeHour hour, CancellationToken ct) =>
        RetryAsync(
            async () =>
            {
                var row = new JsonObject();
                foreach (var (column, value) in hour.Features)
                {
                    row[column] = BikeHour.Numbers.Contains(column) ? double.Parse(value, CultureInfo.InvariantCulture) : value;
                }
                using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/models/{Uri.EscapeDataString(endpoint)}:predict");
                request.Headers.Add(PredictionHeaders.PredictionId, predictionId);
                request.Headers.Add(PredictionHeaders.EventTime, hour.At.ToString("O", CultureInfo.InvariantCulture));
                request.Content = new StringContent(
                    new JsonObject { ["instances"] = new JsonArray(row) }.ToJsonString(),
                    Encoding.UTF8,
                    "application/json"
                );
                using var response = await _inference.SendAsync(request, ct);
                await ThrowUnlessSuccessAsync(response, ct);
                await using var body = await response.Content.ReadAsStreamAsync(ct);
                using var answer = await JsonDocument.ParseAsync(body, cancellationToken: ct);
                var prediction = answer.RootElement.GetProperty("predictions")[0];
                var servedBy = response.Headers.GetValues(PredictionHeaders.ServedBy).Single();
                return (
                    prediction.ValueKind == JsonValueKind.Array ? prediction[0].GetDouble() : prediction.GetDouble(),
                    int.Parse(servedBy[(servedBy.LastIndexOf('/') + 1)..], CultureInfo.InvariantCulture)
                );
            },
            ct
        );

    /// <summary>Waits until the endpoint answers with <paramref name="version"/> as its only version.</summary>
    public Task WaitUntilServedAsync(string endpoint, int version, CancellationToken ct)
    {
        var client = new InferenceClient(_inference);
        return UntilAsync(
            $"'{endpoint}' is served by version {version}",
            async () =>
            {
                var served = await client.GetServedAsync(ct);
                return served.Endpoints.Any(e => e.Name == endpoint && e.Routes.All(route => route.Version == version));
            },
            ct
        );
    }

    /// <summary>Polls until <paramref name="condition"/> holds; a service that does not answer counts as not yet.</summary>
    public async Task UntilAsync(string description, Func<Task<bool>> condition, CancellationToken ct)
    {
        var deadline = _time.GetUtcNow() + _options.Patience;
        while (!await TryAsync(condition))
        {
            if (_time.GetUtcNow() > deadline)
            {
                throw new TimeoutException($"Waited {_options.Patience.TotalSeconds:F0} s in vain until {description}.");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(150), _time, ct);
        }
    }

    /// <summary>Repeats a call while its service is away or says that it is busy.</summary>
    public async Task<T> RetryAsync<T>(Func<Task<T>> call, CancellationToken ct)
    {
        var deadline = _time.GetUtcNow() + _options.Patience;
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception e) when (IsTransient(e) && _time.GetUtcNow() < deadline && !ct.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250), _time, ct);
            }
        }
    }

    public void Dispose()
    {
        _registry.Dispose();
        _inference.Dispose();
        _training.Dispose();
        _monitoring.Dispose();
    }

    private static async Task<bool> TryAsync(Func<Task<bool>> condition)
    {
        try
        {
            return await condition();
        }
        catch (Exception e) when (IsTransient(e))
        {
            return false;
        }
    }

    private static async Task ThrowUnlessSuccessAsync(HttpResponseMessage response, CancellationToken ct)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException(
                $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(ct)}",
                inner: null,
                response.StatusCode
            );
        }
    }

    private static bool IsTransient(Exception e) =>
        e switch
        {
            HttpRequestException { StatusCode: var status } => IsTransient(status),
            Contracts.Http.ApiException api => IsTransient(api.Status),
            IOException => true,
            TaskCanceledException { InnerException: TimeoutException } => true,
            _ => false,
        };

    private static bool IsTransient(HttpStatusCode? status) =>
        status
            is null
                or HttpStatusCode.TooManyRequests
                or HttpStatusCode.BadGateway
                or HttpStatusCode.ServiceUnavailable
                or HttpStatusCode.GatewayTimeout;
}
