using Slipway.Contracts.Mlflow;

namespace Slipway.Registry.Api.Runs;

/// <summary>What one request logs to a run, checked: no duplicate param or tag keys, finite or NaN values.</summary>
internal sealed record RunBatch
{
    public IReadOnlyList<MlflowMetric> Metrics { get; init; } = [];
    public IReadOnlyList<MlflowKeyValue> Params { get; init; } = [];
    public IReadOnlyList<MlflowKeyValue> Tags { get; init; } = [];
}
