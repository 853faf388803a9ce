namespace Slipway.Registry.Api.Access;

/// <summary>
/// What MLflow's routes need, by their paths: reading for GET, <c>get…</c> and <c>search…</c>; managing for deleting and restoring whole objects; writing for all
/// others; each on the object that the first segment names. A path it does not know is left to admins.
/// </summary>
internal static class MlflowAccess
{
    private static readonly AccessNeed s_signedIn = new(Permission.SignedIn, On.Nothing);

    public static AccessRule For(string path, IReadOnlyList<string> methods)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var api = Array.FindIndex(segments, segment => segment is "mlflow" or "mlflow-artifacts");
        var area = segments.ElementAtOrDefault(api + 1) ?? "";
        var action = segments.LastOrDefault(segment => !segment.StartsWith('{')) ?? "";
        var isRead = methods.Count > 0 && methods.All(m => HttpMethods.IsGet(m) || HttpMethods.IsHead(m));
        if (api >= 0 && segments[api] == "mlflow-artifacts")
        {
            var inQuery = !segments[^1].StartsWith('{');
            return new(new AccessNeed(isRead ? Permission.Read : Permission.Write, On.ArtifactPath() with { IsInQuery = inQuery }));
        }
        var isSearch = action.StartsWith("search", StringComparison.Ordinal);
        var isOneDeleted = segments.Length == api + 3 && segments[^1].StartsWith('{') && methods.All(HttpMethods.IsDelete);
        var permission =
            isRead || isSearch || action.StartsWith("get", StringComparison.Ordinal) ? Permission.Read
            : action is "delete" or "restore" || isOneDeleted ? Permission.Manage
            : Permission.Write;
        return (area, action) switch
        {
            // The handler returns what the caller may read.
            ("experiments" or "runs" or "logged-models" or "registered-models" or "model-versions", _) when isSearch => new(s_signedIn),
            ("experiments", "create") => new(
                Write(On.NewExperiment()),
                Write(On.Everything with { Members = ["artifact_location"], IsOptional = true })
            ),
            ("experiments", "update") => new(Write(On.Experiment()), Write(On.NewExperiment("new_name") with { IsOptional = true })),
            ("experiments", "get-by-name") => new(new AccessNeed(permission, On.ExperimentName("experiment_name"))),
            ("experiments", _) => new(new AccessNeed(permission, On.Experiment())),
            ("runs", "create") => new(Write(On.Experiment() with { Default = "0" })),
            ("metrics", _) => new(new AccessNeed(permission, On.Run("run_id", "run_uuid", "run_ids"))),
            // A metric may be about a logged model as well, and a run may name those that it read or made.
            ("runs", "log-metric" or "log-batch") => new(
                Write(On.Run()),
                Write(On.LoggedModel("model_id", "metrics.model_id") with { IsOptional = true })
            ),
            ("runs", "log-inputs" or "outputs") => new(
                Write(On.Run()),
                new AccessNeed(Permission.Read, On.LoggedModel("models.model_id") with { IsOptional = true })
            ),
            ("runs" or "artifacts", _) => new(new AccessNeed(permission, On.Run())),
            ("upload-artifact", _) => new(Write(On.Run() with { IsInQuery = true })),
            ("logged-models", "logged-models") when segments.Length == api + 2 => new(Write(On.Experiment() with { Default = "0" })),
            ("logged-models", _) => new(new AccessNeed(permission, On.LoggedModel())),
            ("registered-models", "create") => new(Write(On.NewModel())),
            ("registered-models", "rename") => new(Write(On.Model()), Write(On.NewModel("new_name"))),
            ("model-versions", "create") => new(
                Write(On.Model()),
                new AccessNeed(Permission.Read, On.Source()),
                new AccessNeed(Permission.Read, On.Run("run_id") with { IsOptional = true })
            ),
            ("registered-models" or "model-versions", _) => new(new AccessNeed(permission, On.Model())),
            _ => new(new AccessNeed(Permission.Admin, On.Everything)),
        };
    }

    private static AccessNeed Write(AccessTarget target) => new(Permission.Write, target);
}
