namespace Slipway.ServiceDefaults.Authentication;

/// <summary>Under which names a service is reached, in the section <c>Slipway</c>.</summary>
public sealed class RequestGuardOptions
{
    internal const string Section = "Slipway";

    /// <summary>
    /// Further names of this service, comma-separated: <c>ml.example.org</c>, <c>*.example.org</c>, or <c>*</c> for any. IP addresses, names without a dot,
    /// <c>*.localhost</c>, <c>*.svc</c> and <c>*.svc.cluster.local</c> are always taken, since no stranger's web page can have such a name.
    /// </summary>
    public string? AllowedHosts { get; set; }

    /// <summary>Web pages of other origins that may change something, comma-separated: <c>https://ui.example.org</c>, or <c>*</c> for any.</summary>
    public string? AllowedOrigins { get; set; }
}
