using System.Diagnostics.Metrics;

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
            0.00001,
            0.000025,
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
    private readonly Histogram<double> _inputDuration;
    private readonly Histogram<double> _computeDuration;
    private readonly Histogram<double> _outputDuration;
    private readonly Histogram<long> _batchRows;
    private long _active;

    public InferenceMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _requestDuration = Seconds("slipway.inference.request.duration", "Time from the request's headers to its answer.");
        _queueDuration = Seconds("slipway.inference.queue.duration", "Time waiting for a run.");
        _inputDuration = Seconds("slipway.inference.compute_input.duration", "Time of turning the request into tensors.");
        _computeDuration = Seconds("slipway.inference.compute.duration", "Time of the run that answered.");
        _outputDuration = Seconds("slipway.inference.compute_output.duration", "Time of turning the outputs into an answer.");
        _batchRows = _meter.CreateHistogram("slipway.inference.batch.size", "{row}", "Rows in the run that answered.", tags: null, s_rows);
        _meter.CreateObservableUpDownCounter(
            "slipway.inference.active_requests",
            () => Interlocked.Read(ref _active),
            "{request}",
            "Prediction requests under way."
        );
    }

    public void Began() => Interlocked.Increment(ref _active);

    /// <summary>A request has ended with a status.</summary>
    public void Ended(PredictionTags tags, int status, TimeSpan duration)
    {
        Interlocked.Decrement(ref _active);
        _requestDuration.Record(duration.TotalSeconds, status == StatusCodes.Status200OK ? tags.Answered : tags.Refused(Known(status)));
    }

    /// <summary>A request was answered by a run, or from the cache.</summary>
    public void Ran(PredictionTags tags, in RequestTimes times)
    {
        var labels = tags.Labels;
        _inputDuration.Record(times.Input.TotalSeconds, labels);
        _queueDuration.Record(times.Queue.TotalSeconds, labels);
        _computeDuration.Record(times.Compute.TotalSeconds, labels);
        _outputDuration.Record(times.Output.TotalSeconds, labels);
        _batchRows.Record(times.BatchRows, labels);
    }

    public void Dispose() => _meter.Dispose();

    private Histogram<double> Seconds(string name, string description) =>
        _meter.CreateHistogram(name, "s", description, tags: null, s_seconds);

    // The closed set that the prediction path answers with: a label for each status that a server may send would have no bound.
    private static int Known(int status) => status is 400 or 404 or 408 or 413 or 415 or 429 or 499 or 501 or 503 or 504 ? status : 500;
}
