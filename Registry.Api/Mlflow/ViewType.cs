namespace Slipway.Registry.Api.Mlflow;

/// <summary>Which lifecycle stages a search shows.</summary>
internal static class ViewType
{
    public static string[] Stages(string? viewType) =>
        viewType switch
        {
            null or "" or "ACTIVE_ONLY" or "1" => [LifecycleStage.Active],
            "DELETED_ONLY" or "2" => [LifecycleStage.Deleted],
            "ALL" or "3" => [LifecycleStage.Active, LifecycleStage.Deleted],
            _ => throw MlflowRefusal.Invalid(
                $"Invalid view type '{MlflowRules.Shorten(viewType)}'. Valid values are ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']"
            ),
        };
}
