namespace Slipway.Registry.Benchmarks.Measuring;

/// <summary>
/// What MLflow's own servers (2.17.2 / 3.11.2, SQLite) reached on a machine of the same kind, in another run than this one: they cannot be installed where this
/// program is built.
/// </summary>
internal static class ReferenceFigures
{
    public const string LogMetric = "108 / 66 per s";
    public const string LogBatch100 = "51 / 42 per s";
    public const string LogBatch1000 = "5.8 / 4.6 per s";
    public const string Search300 = "p50 812 / 1450 ms";
    public const string AliasGet = "414 / 69 per s";
    public const string ArtifactPut = "40 / 17 per s";
}
