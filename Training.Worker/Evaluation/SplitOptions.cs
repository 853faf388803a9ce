using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Evaluation;

/// <summary>How the rows are divided into training and holdout.</summary>
internal sealed record SplitOptions
{
    public const string Tail = "tail";
    public const string Random = "random";

    /// <summary><see cref="Tail"/> holds out the last rows, for data in time order; <see cref="Random"/> draws them with the seed.</summary>
    public string Kind { get; init; } = Tail;

    /// <summary>Share of the rows held out.</summary>
    public double Holdout { get; init; } = 0.2;

    public int Seed { get; init; }

    public static SplitOptions Read(ParameterReader parameters, int seed) =>
        new()
        {
            Kind = parameters.Choice("split", Tail, Tail, Random),
            Holdout = parameters.Number("holdout", 0.2, 0.01, 0.9),
            Seed = seed,
        };
}
