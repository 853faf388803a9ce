using Slipway.Contracts.Mlflow;

namespace Slipway.Registry.Api.Runs;

/// <summary>The points of one request, and what comes of them: the run's stage, or null for no such run.</summary>
internal sealed record LoggedPoints(string RunId, IReadOnlyList<MlflowMetric> Metrics)
{
    public TaskCompletionSource<string?> Stage { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
