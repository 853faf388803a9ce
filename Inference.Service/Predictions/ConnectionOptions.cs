using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Slipway.Inference.Service.Predictions;

/// <summary>What a client may take its time for; configuration section <c>Inference:Connections</c>.</summary>
internal sealed class ConnectionOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Inference:Connections";

    /// <summary>Connections at the same time; one more is closed at once. 0 for no limit but the system's.</summary>
    [Range(0, 10_000_000, ErrorMessage = Section + ":MaxCount must be between 0 and 10000000.")]
    public int MaxCount { get; set; }

    /// <summary>How long a request's headers may take; then the connection is answered 408 and closed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ErrorMessage = Section + ":HeadersTimeout must be between 1 s and 10 minutes.")]
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection without a request is kept.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = Section + ":IdleTimeout must be between 1 s and 1 day.")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>The slowest that a body may come and an answer may be taken, in bytes a second; what is slower is answered 408, or cut off. 0 for no limit.</summary>
    [Range(0, 1_000_000_000, ErrorMessage = Section + ":MinBytesPerSecond must be between 0 and 1000000000.")]
    public int MinBytesPerSecond { get; set; } = 240;

    /// <summary>How long a body or an answer may be slower than that before it counts.</summary>
    [Range(typeof(TimeSpan), "00:00:01.001", "00:10:00", ErrorMessage = Section + ":SlowGrace must be between 1.001 s and 10 minutes.")]
    public TimeSpan SlowGrace { get; set; } = TimeSpan.FromSeconds(5);

    public void Apply(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = MaxCount == 0 ? null : MaxCount;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.KeepAliveTimeout = IdleTimeout;
        limits.MinRequestBodyDataRate = limits.MinResponseDataRate =
            MinBytesPerSecond == 0 ? null : new MinDataRate(MinBytesPerSecond, SlowGrace);
    }
}
