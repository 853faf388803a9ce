using Slipway.Contracts.Mlflow;

namespace Slipway.Training.Worker.Datasets;

/// <summary>A file in the registry's artifact store.</summary>
internal sealed record ArtifactDataset(string Path) : DatasetUri
{
    public override string ToString() => ArtifactUri.Of(Path);
}
