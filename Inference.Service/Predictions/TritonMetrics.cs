using System.Diagnostics.Metrics;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Telemetry;
using Slipway.Inference.Service.Serving;
using Slipway.ServiceDefaults.Metrics;

namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// The counts of each loaded version under the names by which dashboards and autoscalers of Triton look for them, microseconds where those say so. They are read when they
/// are asked for, and cost a request nothing. What a version has counted ends with it.
/// </summary>
internal sealed class TritonMetrics : IDisposable
{
    private const string MeterName = "Triton.Inference";

    private readonly Meter _meter;
    private readonly ServingDirectory _serving;
    private readonly ModelFactsTable _facts;

    public TritonMetrics(IMeterFactory meters, ServingDirectory serving, ModelFactsTable facts)
    {
        _meter = meters.Create(MeterName);
        _serving = serving;
        _facts = facts;
        Count("nv_inference_request_success", "Number of successful inference requests, all batch sizes", counts => counts.Requests);
        Count("nv_inference_count", "Number of inferences performed (does not include cached requests)", counts => counts.Rows);
        Count(
            "nv_inference_exec_count",
            "Number of model executions performed (does not include cached requests)",
            counts => counts.Batches.Sum(batch => batch.Runs)
        );
        Count(
            "nv_inference_request_duration_us",
            "Cumulative inference request duration in microseconds (includes cached requests)",
            counts => Microseconds(counts.Success)
        );
        Count(
            "nv_inference_queue_duration_us",
            "Cumulative inference queuing duration in microseconds (includes cached requests)",
            counts => Microseconds(counts.Queue)
        );
        Count(
            "nv_inference_compute_input_duration_us",
            "Cumulative compute input duration in microseconds (does not include cached requests)",
            counts => Microseconds(counts.ComputeInput)
        );
        Count(
            "nv_inference_compute_infer_duration_us",
            "Cumulative compute inference duration in microseconds (does not include cached requests)",
            counts => Microseconds(counts.ComputeInfer)
        );
        Count(
            "nv_inference_compute_output_duration_us",
            "Cumulative inference compute output duration in microseconds (does not include cached requests)",
            counts => Microseconds(counts.ComputeOutput)
        );
        Count("nv_cache_num_hits_per_model", "Number of cache hits per model", counts => counts.CacheHit.Count, IsCached);
        Count("nv_cache_num_misses_per_model", "Number of cache misses per model", counts => counts.ComputeInfer.Count, IsCached);
        Count(
            "nv_cache_hit_duration_per_model",
            "Total cache hit duration per model, in microseconds",
            counts => Microseconds(counts.CacheHit),
            IsCached
        );
        _meter.CreateObservableCounter(
            "nv_inference_request_failure",
            Failures,
            null,
            "Number of failed inference requests, all batch sizes",
            ExpositionName.Exactly("nv_inference_request_failure")
        );
        _meter.CreateObservableGauge(
            "nv_inference_pending_request_count",
            () => Models().Select(each => new Measurement<long>(each.Model.QueuedRequests, Labels(each.Model))),
            null,
            "Instantaneous number of pending requests awaiting execution per-model.",
            ExpositionName.Exactly("nv_inference_pending_request_count")
        );
        Gauge(
            "nv_cpu_memory_total_bytes",
            "Memory that this process may use, in bytes",
            () => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes
        );
        Gauge("nv_cpu_memory_used_bytes", "Memory that this process uses, in bytes", () => Environment.WorkingSet);
        if (NvidiaGpus.Find() is { Any: true } gpus)
        {
            MeasureGpus(gpus);
        }
    }

    public void Dispose() => _meter.Dispose();

    private static double Microseconds(CountedTime counted) => Math.Round(counted.Total.TotalMicroseconds);

    private static bool IsCached(ModelFacts facts) => facts.Configuration.Config.ResponseCache is { Enable: true };

    private void Count(string name, string description, Func<ModelStatistics, double> read, Func<ModelFacts, bool>? applies = null) =>
        _meter.CreateObservableCounter(
            name,
            () =>
                Models()
                    .Where(each => applies is null || applies(each.Facts))
                    .Select(each => new Measurement<double>(read(each.Facts.Statistics), Labels(each.Model))),
            null,
            description,
            ExpositionName.Exactly(name)
        );

    private void Gauge(string name, string description, Func<long> read) =>
        _meter.CreateObservableGauge(name, read, null, description, ExpositionName.Exactly(name));

    private void MeasureGpus(NvidiaGpus gpus)
    {
        Gauge("nv_gpu_utilization", "GPU utilization rate [0.0 - 1.0)", gpu => gpu.Utilization);
        Gauge("nv_gpu_memory_total_bytes", "GPU total memory, in bytes", gpu => gpu.MemoryTotalBytes);
        Gauge("nv_gpu_memory_used_bytes", "GPU used memory, in bytes", gpu => gpu.MemoryUsedBytes);
        Gauge("nv_gpu_power_usage", "GPU power usage in watts", gpu => gpu.PowerWatts);
        Gauge("nv_gpu_power_limit", "GPU power management limit in watts", gpu => gpu.PowerLimitWatts);
        _meter.CreateObservableCounter(
            "nv_energy_consumption",
            () => Measure(gpu => gpu.EnergyJoules),
            null,
            "GPU energy consumption in joules since its driver was loaded",
            ExpositionName.Exactly("nv_energy_consumption")
        );

        void Gauge(string name, string description, Func<GpuReading, double?> read) =>
            _meter.CreateObservableGauge(name, () => Measure(read), null, description, ExpositionName.Exactly(name));

        IEnumerable<Measurement<double>> Measure(Func<GpuReading, double?> read) =>
            gpus.Read()
                .Where(gpu => read(gpu) is not null)
                .Select(gpu => new Measurement<double>(read(gpu)!.Value, new KeyValuePair<string, object?>("gpu_uuid", gpu.Uuid)));
    }

    private IEnumerable<Measurement<long>> Failures() =>
        Models()
            .SelectMany(each =>
                FailureReasons.Names.Select(
                    (reason, number) =>
                        new Measurement<long>(each.Facts.Statistics.FailuresFor(number), [.. Labels(each.Model), new("reason", reason)])
                )
            );

    private static KeyValuePair<string, object?>[] Labels(LoadedModel model) =>
        [new("model", model.Name), new("version", $"{model.Version}")];

    private IEnumerable<(LoadedModel Model, ModelFacts Facts)> Models() =>
        _serving
            .Current.Versions.Where(version => version.Model is { IsKnown: true })
            .Select(version => (version.Model!, _facts.Of(version.Model!)));
}
