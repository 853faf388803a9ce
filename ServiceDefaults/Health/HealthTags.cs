namespace Slipway.ServiceDefaults.Health;

internal static class HealthTags
{
    internal const string Ready = "ready";
}
