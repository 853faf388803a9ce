using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Experiments;

/// <summary>MLflow's <c>experiments/…</c>.</summary>
internal static class ExperimentsApi
{
    private const int MaxSearchResults = 50_000;

    public static void Map(RouteGroupBuilder mlflow)
    {
        var group = mlflow.MapGroup("/experiments");
        group.MapPost("/create", CreateAsync);
        group.MapGet("/get", GetAsync);
        group.MapGet("/get-by-name", GetByNameAsync);
        group.MapMethods("/search", ["GET", "POST"], SearchAsync);
        group.MapPost("/update", UpdateAsync);
        group.MapPost("/delete", DeleteAsync);
        group.MapPost("/restore", RestoreAsync);
        group.MapPost("/set-experiment-tag", SetTagAsync);
        group.MapPost("/delete-experiment-tag", DeleteTagAsync);
    }

    private static async Task<JsonHttpResult<ExperimentCreated>> CreateAsync(
        MlflowRequest request,
        ExperimentStore experiments,
        CancellationToken ct
    )
    {
        var name = CheckName(request.RequiredText("name"));
        var location = request.Text("artifact_location") is { Length: > 0 } given ? ArtifactLocation.Check(given) : null;
        var tags = Tags.ReadAll(request);
        return MlflowAnswer.Of(new ExperimentCreated(await experiments.CreateAsync(name, location, tags, ct)));
    }

    private static async Task<JsonHttpResult<ExperimentAnswer>> GetAsync(
        MlflowRequest request,
        ExperimentStore experiments,
        CancellationToken ct
    ) => MlflowAnswer.Of(new ExperimentAnswer(await RequireAsync(request, experiments, ct)));

    private static async Task<JsonHttpResult<ExperimentAnswer>> GetByNameAsync(
        MlflowRequest request,
        ExperimentStore experiments,
        CancellationToken ct
    )
    {
        var name = request.RequiredText("experiment_name");
        return MlflowAnswer.Of(
            new ExperimentAnswer(
                await experiments.FindByNameAsync(name, ct)
                    ?? throw MlflowRefusal.NotFound($"Could not find experiment with name '{MlflowRules.Shorten(name)}'")
            )
        );
    }

    private static async Task<JsonHttpResult<ExperimentPage>> SearchAsync(
        MlflowRequest request,
        ExperimentStore experiments,
        CancellationToken ct
    )
    {
        var search = new ExperimentSearch(
            request.Text("filter"),
            ViewType.Stages(request.Choice("view_type")),
            request.Texts("order_by"),
            PageSize.Read(request, fallback: 0, MaxSearchResults),
            request.Text("page_token")
        );
        return MlflowAnswer.Of(await experiments.SearchAsync(search, ct));
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> UpdateAsync(
        MlflowRequest request,
        ExperimentStore experiments,
        CancellationToken ct
    )
    {
        var experiment = await RequireAsync(request, experiments, ct);
        var name = CheckName(request.RequiredText("new_name"));
        if (!await experiments.RenameAsync(IdOf(experiment), name, ct))
        {
            throw MlflowRefusal.Invalid("Cannot rename a non-active experiment.");
        }
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteAsync(
        MlflowRequest request,
        ExperimentStore experiments,
        CancellationToken ct
    )
    {
        var id = ReadId(request);
        return await experiments.SetLifecycleAsync(id, LifecycleStage.Active, LifecycleStage.Deleted, ct)
            ? MlflowAnswer.Empty
            : throw MlflowRefusal.NotFound($"No active Experiment with id={id} exists.");
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> RestoreAsync(
        MlflowRequest request,
        ExperimentStore experiments,
        CancellationToken ct
    )
    {
        var id = ReadId(request);
        return await experiments.SetLifecycleAsync(id, LifecycleStage.Deleted, LifecycleStage.Active, ct)
            ? MlflowAnswer.Empty
            : throw MlflowRefusal.NotFound($"No deleted Experiment with id={id} exists.");
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> SetTagAsync(
        MlflowRequest request,
        ExperimentStore experiments,
        CancellationToken ct
    )
    {
        var tag = Tags.Read(request);
        var experiment = await RequireActiveAsync(request, experiments, ct);
        await experiments.SetTagAsync(IdOf(experiment), tag, ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteTagAsync(
        MlflowRequest request,
        ExperimentStore experiments,
        CancellationToken ct
    )
    {
        var key = request.RequiredText("key");
        var experiment = await RequireActiveAsync(request, experiments, ct);
        return await experiments.DeleteTagAsync(IdOf(experiment), key, ct)
            ? MlflowAnswer.Empty
            : throw MlflowRefusal.NotFound($"No tag with name: {MlflowRules.Shorten(key)} in experiment with id {experiment.ExperimentId}");
    }

    /// <summary>Reads an experiment's id; <paramref name="text"/> comes from a client.</summary>
    public static long ParseId(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw MlflowRefusal.Invalid($"Invalid experiment ID '{MlflowRules.Shorten(text)}': it must be a decimal number.");

    private static long ReadId(MlflowRequest request) => ParseId(request.RequiredText("experiment_id"));

    private static long IdOf(MlflowExperiment experiment) => long.Parse(experiment.ExperimentId, CultureInfo.InvariantCulture);

    private static async Task<MlflowExperiment> RequireAsync(MlflowRequest request, ExperimentStore experiments, CancellationToken ct)
    {
        var id = ReadId(request);
        return await experiments.FindAsync(id, ct) ?? throw MlflowRefusal.NotFound($"No Experiment with id={id} exists");
    }

    private static async Task<MlflowExperiment> RequireActiveAsync(MlflowRequest request, ExperimentStore experiments, CancellationToken ct)
    {
        var experiment = await RequireAsync(request, experiments, ct);
        return experiment.LifecycleStage == LifecycleStage.Active
            ? experiment
            : throw MlflowRefusal.Invalid($"The experiment {experiment.ExperimentId} must be in the 'active' state.");
    }

    private static string CheckName(string name) => MlflowRules.CheckLength(name, MlflowRules.MaxNameLength, "Experiment name");
}
