using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Runs;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>MLflow's <c>artifacts/list</c>: what a run has uploaded.</summary>
internal static class RunArtifactsApi
{
    public static void Map(RouteGroupBuilder mlflow) => mlflow.MapGet("/artifacts/list", ListAsync);

    private static async Task<JsonHttpResult<ArtifactPage>> ListAsync(
        MlflowRequest request,
        RunStore runs,
        ArtifactStore artifacts,
        CancellationToken ct
    )
    {
        var run = await runs.RequireAsync(MlflowRules.CheckRunId(request.RunId()), ct);
        var relative = request.Text("path")?.TrimEnd('/') ?? "";
        if (relative.Length == 0 && request.Text("path") is "/")
        {
            throw MlflowRefusal.Invalid("Invalid path: it must be relative.");
        }
        var folder = relative.Length == 0 ? relative : ArtifactProxyApi.Parse(relative).Value;
        if (!ArtifactUri.TryGetPath(run.Info.ArtifactUri, out var root))
        {
            throw new InvalidOperationException($"Run {run.Info.RunId} has an artifact address of another server: {run.Info.ArtifactUri}");
        }
        var entries = await artifacts.ListAsync(ArtifactProxyApi.Parse(ArtifactUri.Join(root, folder)), ct);
        return MlflowAnswer.Of(
            new ArtifactPage(
                run.Info.ArtifactUri,
                [.. entries.Select(entry => ArtifactProxyApi.Info(entry, folder.Length == 0 ? entry.Name : $"{folder}/{entry.Name}"))]
            )
        );
    }
}
