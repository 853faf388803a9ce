using System.ComponentModel.DataAnnotations;

namespace Slipway.Inference.Service.V2;

/// <summary>How the Open Inference Protocol is answered where servers differ; configuration section <c>Inference:V2</c>.</summary>
internal sealed class V2Options
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Inference:V2";

    /// <summary>The server's name in its metadata; Triton's own test suites look for <c>triton</c>.</summary>
    [Required(ErrorMessage = Section + ":ServerName must not be empty.")]
    public string ServerName { get; set; } = "slipway";

    /// <summary>The status of what is not ready on the health routes: 503 as KServe and load balancers have it, or 400 as Triton.</summary>
    [AllowedValues(503, 400, ErrorMessage = Section + ":NotReadyStatus must be 503 or 400.")]
    public int NotReadyStatus { get; set; } = 503;

    /// <summary>The status of a queue that is full: 429, which says what is, or 503 as Triton.</summary>
    [AllowedValues(429, 503, ErrorMessage = Section + ":QueueFullStatus must be 429 or 503.")]
    public int QueueFullStatus { get; set; } = 429;
}
