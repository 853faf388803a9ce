using System.ComponentModel.DataAnnotations;

namespace Slipway.Inference.Service.Serving;

/// <summary>How the registry's serving state is followed; configuration section <c>Inference:Serving</c>.</summary>
internal sealed class ServingOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Inference:Serving";

    /// <summary>How long the registry may hold an unchanged answer back (long poll), in whole seconds from 1 to 30.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:30", ErrorMessage = Section + ":PollWait must be between 1 and 30 s.")]
    public TimeSpan PollWait { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long the first answer of the registry is waited for before the state of the last run is served.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00", ErrorMessage = Section + ":StartTimeout must be between 100 ms and 5 minutes.")]
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The first pause after the registry could not be asked; it doubles up to <see cref="MaxRetryDelay"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00", ErrorMessage = Section + ":MinRetryDelay must be between 10 ms and 1 minute.")]
    public TimeSpan MinRetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause between questions to a registry that does not answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00", ErrorMessage = Section + ":MaxRetryDelay must be between 10 ms and 1 hour.")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The first pause after a version failed to load; it doubles up to <see cref="MaxLoadRetryDelay"/>.</summary>
    [Range(
        typeof(TimeSpan),
        "00:00:00.010",
        "00:10:00",
        ErrorMessage = Section + ":MinLoadRetryDelay must be between 10 ms and 10 minutes."
    )]
    public TimeSpan MinLoadRetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest pause between attempts to load a version.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00", ErrorMessage = Section + ":MaxLoadRetryDelay must be between 10 ms and 1 day.")]
    public TimeSpan MaxLoadRetryDelay { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long one version's download may take.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = Section + ":DownloadTimeout must be between 1 s and 1 day.")]
    public TimeSpan DownloadTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The most bytes of model files kept on disk. Beyond it the longest unused go; what is served now always stays.</summary>
    [Range(0, long.MaxValue, ErrorMessage = Section + ":CacheMaxBytes must not be negative.")]
    public long CacheMaxBytes { get; set; } = 20L << 30;

    /// <summary>Run each version once on zeros before it serves.</summary>
    public bool WarmUp { get; set; } = true;
}
