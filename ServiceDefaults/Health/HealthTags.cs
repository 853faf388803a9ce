namespace Slipway.ServiceDefaults.Health;

/// <summary>Tags that say which health route runs a check.</summary>
internal static class HealthTags
{
    internal const string Ready = "ready";
}
