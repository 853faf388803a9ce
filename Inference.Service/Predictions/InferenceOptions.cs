using System.ComponentModel.DataAnnotations;

namespace Slipway.Inference.Service.Predictions;

/// <summary>Limits of the prediction routes; configuration section <c>Inference</c>.</summary>
internal sealed class InferenceOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Inference";

    /// <summary>The largest request body, in bytes; a larger one is answered 413.</summary>
    [Range(1024, int.MaxValue, ErrorMessage = Section + ":MaxRequestBytes must be between 1024 and 2147483647.")]
    public int MaxRequestBytes { get; set; } = 64 << 20;

    /// <summary>
    /// Bytes of requests of more than 1 MiB, as received and as decoded, that are held at the same time; one more is answered 503. 0 for a quarter of what the process may
    /// use, at least four requests of the largest size.
    /// </summary>
    [Range(0, long.MaxValue, ErrorMessage = Section + ":MaxHeldRequestBytes must not be negative.")]
    public long MaxHeldRequestBytes { get; set; }

    /// <summary>The deepest nesting of a JSON body.</summary>
    [Range(8, 1000, ErrorMessage = Section + ":MaxJsonDepth must be between 8 and 1000.")]
    public int MaxJsonDepth { get; set; } = 100;

    /// <summary>How long a request may wait and run before it is answered 504. A caller may ask for less, not for more.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00", ErrorMessage = Section + ":RequestTimeout must be between 1 ms and 1 hour.")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a stopping service waits for requests under way.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ErrorMessage = Section + ":DrainTimeout must be between 1 s and 10 minutes.")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(25);
}
