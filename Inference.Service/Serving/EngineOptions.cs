using System.ComponentModel.DataAnnotations;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Settings;

namespace Slipway.Inference.Service.Serving;

/// <summary>How models are opened, queued and batched; configuration section <c>Inference:Engine</c>.</summary>
internal sealed class EngineOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Inference:Engine";

    /// <summary>Execution providers in order of preference, separated by commas: <c>tensorrt</c>, <c>cuda</c>, <c>cpu</c>.</summary>
    [Required(ErrorMessage = Section + ":Providers must name at least one provider.")]
    [RegularExpression(
        "^ *(tensorrt|cuda|cpu)( *, *(tensorrt|cuda|cpu))* *$",
        ErrorMessage = Section + ":Providers may hold tensorrt, cuda and cpu."
    )]
    public string Providers { get; set; } = ProviderNames.Cpu;

    /// <summary>Refuse to load a model where no GPU provider can be had.</summary>
    public bool RequireGpu { get; set; }

    /// <summary>The GPU to use, from 0.</summary>
    [Range(0, 255, ErrorMessage = Section + ":GpuDevice must be between 0 and 255.")]
    public int GpuDevice { get; set; }

    /// <summary>Limit of each model's GPU memory, in bytes; 0 for none.</summary>
    [Range(0, long.MaxValue, ErrorMessage = Section + ":GpuMemoryLimitBytes must not be negative.")]
    public long GpuMemoryLimitBytes { get; set; }

    /// <summary>
    /// Memory that the runs of all models may take together on the processor, in bytes, weights not counted; a run that needs more is answered 500 and the process lives.
    /// 0 for three quarters of what the process may use.
    /// </summary>
    [Range(0, long.MaxValue, ErrorMessage = Section + ":RunMemoryLimitBytes must not be negative.")]
    public long RunMemoryLimitBytes { get; set; }

    /// <summary>Further options of the CUDA provider, by ONNX Runtime's names: <c>Inference:Engine:Cuda:cudnn_conv_algo_search</c>.</summary>
    public Dictionary<string, string> Cuda { get; } = new(StringComparer.Ordinal);

    /// <summary>Further options of the TensorRT provider, by ONNX Runtime's names: <c>Inference:Engine:TensorRt:trt_fp16_enable</c>.</summary>
    public Dictionary<string, string> TensorRt { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Threads of one run. 0 for one, which gives the most rows a second where callers are many; models whose warm-up takes longer than 20 ms use one pool of as many threads as
    /// there are processors, which they share. More than 0 for a pool of each model's own.
    /// </summary>
    [Range(0, 1024, ErrorMessage = Section + ":IntraOpThreads must be between 0 and 1024.")]
    public int IntraOpThreads { get; set; }

    /// <summary>Most rows in one run; 1 never joins requests.</summary>
    [Range(1, 65536, ErrorMessage = Section + ":MaxBatchSize must be between 1 and 65536.")]
    public int MaxBatchSize { get; set; } = 32;

    /// <summary>How long the first request of a batch waits for others; zero joins only what waits already.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10", ErrorMessage = Section + ":MaxBatchDelay must be between 0 and 10 s.")]
    public TimeSpan MaxBatchDelay { get; set; } = TimeSpan.Zero;

    /// <summary>Requests that may wait for one model; one more is answered 429.</summary>
    [Range(1, 1_000_000, ErrorMessage = Section + ":QueueCapacity must be between 1 and 1000000.")]
    public int QueueCapacity { get; set; } = 1024;

    /// <summary>Runs of one model at the same time; 0 for one per processor.</summary>
    [Range(0, 1024, ErrorMessage = Section + ":ConcurrentRuns must be between 0 and 1024.")]
    public int ConcurrentRuns { get; set; }

    /// <summary>Bytes of answers kept for each model whose configuration asks for a response cache.</summary>
    [Range(0, long.MaxValue, ErrorMessage = Section + ":ResponseCacheBytes must not be negative.")]
    public long ResponseCacheBytes { get; set; } = 64L << 20;

    internal ModelSessionOptions ToSessionOptions() =>
        new()
        {
            Providers = Providers.Split(',', StringSplitOptions.TrimEntries),
            RequireGpu = RequireGpu,
            GpuDevice = GpuDevice,
            GpuMemoryLimitBytes = GpuMemoryLimitBytes,
            Cuda = Cuda,
            TensorRt = TensorRt,
            IntraOpThreads = IntraOpThreads,
        };

    internal ModelSettings ToModelSettings() =>
        new()
        {
            Batching = new BatchingSettings { MaxBatchSize = MaxBatchSize, MaxDelay = MaxBatchDelay },
            Queue = new QueuePolicy { MaxQueueSize = QueueCapacity },
            ConcurrentRuns = ConcurrentRuns,
        };
}
