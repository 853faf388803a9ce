using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Runs;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>The folder of this store in which a run's artifacts lie.</summary>
internal static class RunFolder
{
    /// <summary>The run of a request, which names it by either of its ids.</summary>
    public static Task<MlflowRun> RequireRunAsync(RunStore runs, MlflowRequest request, CancellationToken ct) =>
        runs.RequireAsync(MlflowRules.CheckRunId(request.RunId()), ct);

    /// <summary>The path of what a run calls <paramref name="relative"/>; its root for an empty text.</summary>
    public static ArtifactPath PathOf(MlflowRun run, string relative) => PathOf(run.Info.ArtifactUri, relative);

    /// <summary>As the other, for any root.</summary>
    public static ArtifactPath PathOf(string rootUri, string relative)
    {
        if (!ArtifactUri.TryGetPath(rootUri, out var root))
        {
            throw MlflowRefusal.Invalid(
                "These artifacts are not in the store of this server: use a client that can reach the place where they are."
            );
        }
        // Checked by itself first: joined to a root, an absolute path would pass for a relative one.
        return relative.Length == 0
            ? ArtifactPathReader.Parse(root)
            : ArtifactPathReader.Parse(ArtifactUri.Join(root, ArtifactPathReader.Parse(relative).Value));
    }
}
