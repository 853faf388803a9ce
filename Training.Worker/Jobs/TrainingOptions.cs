using System.ComponentModel.DataAnnotations;

namespace Slipway.Training.Worker.Jobs;

/// <summary>Settings of the training service: configuration section <c>Training</c>.</summary>
internal sealed class TrainingOptions
{
    public const string Section = "Training";

    /// <summary>The program that trains, started as <c>dotnet {RunnerPath} run --spec …</c>; by default the one beside this service.</summary>
    public string? RunnerPath { get; set; }

    /// <summary>Jobs that this process runs at once. Each uses all cores and up to <see cref="MemoryLimitBytes"/>.</summary>
    [Range(1, 16)]
    public int Concurrency { get; set; } = 1;

    /// <summary>Jobs that may wait; one more is refused with 429.</summary>
    [Range(1, 100_000)]
    public int MaxQueuedJobs { get; set; } = 1000;

    /// <summary>How often a job is started before it fails with <c>too_many_attempts</c>; wrong input is never tried twice.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 3;

    /// <summary>Pause before the second attempt; twice as long before the third, and so on.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long after its owner's last sign of life a job may be claimed by another process.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Time between signs of life; with each the owner writes its progress and learns of a cancellation. At most a third of the lease.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Time between looks for work; a job made in this process is seen at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Wall-clock limit of the training program; passed, the job fails with <c>time_limit</c>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "30.00:00:00")]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Limit of the training program's resident memory; passed, the job fails with <c>memory_limit</c>.</summary>
    [Range(32L << 20, 1L << 44)]
    public long MemoryLimitBytes { get; set; } = 4L << 30;

    /// <summary>Time between looks at the training program's time and memory.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan LimitCheckInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>All datasets of a job in sum; more fails it with <c>dataset_too_large</c>.</summary>
    [Range(1L, 1L << 44)]
    public long MaxDatasetBytes { get; set; } = 2L << 30;

    /// <summary>Bound of a job's log; its oldest half is dropped when it is full.</summary>
    [Range(4096, 1 << 30)]
    public int MaxLogBytes { get; set; } = 1 << 20;

    /// <summary>Logs kept on this machine; the oldest are deleted.</summary>
    [Range(1, 1_000_000)]
    public int MaxLogFiles { get; set; } = 1000;

    /// <summary>How long ended jobs are kept. The last succeeded job of a model stays: retraining starts from it.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "36500.00:00:00")]
    public TimeSpan JobRetention { get; set; } = TimeSpan.FromDays(365);
}
