namespace Slipway.Registry.Api.Mlflow;

/// <summary>Whether an experiment or a run is in use.</summary>
internal static class LifecycleStage
{
    public const string Active = "active";
    public const string Deleted = "deleted";
}
