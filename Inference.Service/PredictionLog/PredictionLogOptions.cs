using System.ComponentModel.DataAnnotations;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>Limits of the prediction log; configuration section <c>Inference:PredictionLog</c>.</summary>
internal sealed class PredictionLogOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Inference:PredictionLog";

    /// <summary>The most bytes that wait on disk. When they are reached, new records are dropped, counted and reported; requests are still answered.</summary>
    [Range(64 * 1024, long.MaxValue, ErrorMessage = Section + ":MaxBytes must be at least 65536.")]
    public long MaxBytes { get; set; } = 1L << 30;

    /// <summary>
    /// The most rows of one request that are logged, the first ones; the others are counted. A model may take a long signal along its first dimension, and each of its
    /// samples would be a record.
    /// </summary>
    [Range(1, int.MaxValue, ErrorMessage = Section + ":MaxRowsPerRequest must be at least 1.")]
    public int MaxRowsPerRequest { get; set; } = 10_000;

    /// <summary>Size at which a journal file is closed and the next one begun; a file is deleted once all of it is published. At most a quarter of <see cref="MaxBytes"/>.</summary>
    [Range(4 * 1024, 1 << 30, ErrorMessage = Section + ":SegmentBytes must be between 4096 and 1073741824.")]
    public int SegmentBytes { get; set; } = 16 << 20;

    /// <summary>How long a message waits for more records once it has one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00", ErrorMessage = Section + ":MaxBatchDelay must be between 1 ms and 1 minute.")]
    public TimeSpan MaxBatchDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The first pause after a failed publish; it doubles up to <see cref="MaxRetryDelay"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00", ErrorMessage = Section + ":MinRetryDelay must be between 10 ms and 1 minute.")]
    public TimeSpan MinRetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause between attempts to publish.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00", ErrorMessage = Section + ":MaxRetryDelay must be between 10 ms and 1 hour.")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a stopping process goes on publishing; what is left stays on disk for the next start.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00", ErrorMessage = Section + ":FlushTimeout must be between 0 and 1 minute.")]
    public TimeSpan FlushTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
