using System.Diagnostics;
using System.Diagnostics.Metrics;
using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// What a prediction request costs, by the endpoint called and the version that answered. Labels are names of served things only: a caller cannot make new ones.
/// </summary>
internal sealed class InferenceMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Slipway.Inference";

    private static readonly InstrumentAdvice<double> s_seconds = new()
    {
        HistogramBucketBoundaries =
        [
            0.00005,
            0.0001,
            0.00025,
            0.0005,
            0.001,
            0.0025,
            0.005,
            0.01,
            0.025,
            0.05,
            0.1,
            0.25,
            0.5,
            1,
            2.5,
            5,
            10,
            30,
        ],
    };
    private static readonly InstrumentAdvice<long> s_rows = new()
    {
        HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    };

    private readonly Meter _meter;
    private readonly Histogram<double> _requestDuration;
    private readonly Histogram<double> _queueDuration;
    private readonly Histogram<double> _computeDuration;
    private readonly Histogram<long> _batchRows;
    private readonly UpDownCounter<long> _active;

    public InferenceMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _requestDuration = _meter.CreateHistogram(
            "slipway.inference.request.duration",
            "s",
            "Time from the request's headers to its answer.",
            tags: null,
            s_seconds
        );
        _queueDuration = _meter.CreateHistogram("slipway.inference.queue.duration", "s", "Time waiting for a run.", tags: null, s_seconds);
        _computeDuration = _meter.CreateHistogram(
            "slipway.inference.compute.duration",
            "s",
            "Time of the run that answered.",
            tags: null,
            s_seconds
        );
        _batchRows = _meter.CreateHistogram("slipway.inference.batch.size", "{row}", "Rows in the run that answered.", tags: null, s_rows);
        _active = _meter.CreateUpDownCounter<long>("slipway.inference.active_requests", "{request}", "Prediction requests under way.");
    }

    public void Began() => _active.Add(1);

    /// <summary>A request has ended; <paramref name="name"/> is null where nothing is served under what was called.</summary>
    public void Ended(string? name, string? model, string? version, int status, TimeSpan duration)
    {
        _active.Add(-1);
        var tags = Tags(name ?? "", model ?? "", version ?? "");
        tags.Add("http.response.status_code", StatusText(status));
        _requestDuration.Record(duration.TotalSeconds, tags);
    }

    public void Ran(string name, string model, string version, InferenceResult result)
    {
        var tags = Tags(name, model, version);
        _queueDuration.Record(result.QueueDuration.TotalSeconds, tags);
        _computeDuration.Record(result.ComputeDuration.TotalSeconds, tags);
        _batchRows.Record(result.BatchRows, tags);
    }

    public void Dispose() => _meter.Dispose();

    private static TagList Tags(string name, string model, string version) =>
        new()
        {
            { "endpoint", name },
            { "model", model },
            { "version", version },
        };

    private static string StatusText(int status) =>
        status switch
        {
            200 => "200",
            400 => "400",
            404 => "404",
            408 => "408",
            413 => "413",
            415 => "415",
            429 => "429",
            499 => "499",
            503 => "503",
            504 => "504",
            _ => "500",
        };
}
