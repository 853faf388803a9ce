namespace Slipway.Registry.Api.Access;

/// <summary>The targets that routes name, as in <c>.Needs(Permission.Write, On.Model())</c>.</summary>
internal static class On
{
    /// <summary>No single object. A list or search under it returns only what <see cref="Caller"/> may read.</summary>
    public static AccessTarget Nothing { get; } = new(AccessKind.None);

    /// <summary>All objects there are: only a binding to <c>*</c> will do.</summary>
    public static AccessTarget Everything { get; } = new(AccessKind.Everything);

    public static AccessTarget Model(params string[] members) => Of(AccessKind.Model, members, "name");

    public static AccessTarget NewModel(params string[] members) => Of(AccessKind.NewModel, members, "name");

    public static AccessTarget NewExperiment(params string[] members) => Of(AccessKind.NewExperiment, members, "name");

    public static AccessTarget Experiment(params string[] members) => Of(AccessKind.Experiment, members, "experiment_id");

    public static AccessTarget ExperimentName(params string[] members) => Of(AccessKind.ExperimentName, members, "name");

    public static AccessTarget Run(params string[] members) => Of(AccessKind.Run, members, "run_id", "run_uuid");

    public static AccessTarget LoggedModel(params string[] members) => Of(AccessKind.LoggedModel, members, "model_id");

    public static AccessTarget ArtifactPath(params string[] members) => Of(AccessKind.ArtifactPath, members, "path");

    public static AccessTarget Source(params string[] members) => Of(AccessKind.Source, members, "source");

    public static AccessTarget Blob(params string[] members) => Of(AccessKind.Blob, members, "sha256");

    public static AccessTarget Endpoint(params string[] members) => Of(AccessKind.Endpoint, members, "name");

    public static AccessTarget Promotion(params string[] members) => Of(AccessKind.Promotion, members, "id");

    public static AccessTarget Copy(params string[] members) => Of(AccessKind.Copy, members, "id");

    private static AccessTarget Of(AccessKind kind, string[] members, params string[] usual) =>
        new(kind, members.Length == 0 ? usual : members);
}
