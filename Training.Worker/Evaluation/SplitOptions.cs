using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Evaluation;

/// <summary>How the rows are divided into training and holdout.</summary>
internal sealed record SplitOptions
{
    public const string Tail = "tail";
    public const string Random = "random";

    /// <summary>The parameter that says which rows may be held out: <see cref="AllRows"/> or <see cref="LastDataset"/>.</summary>
    public const string HoldoutFrom = "holdout_from";

    public const string AllRows = "all";
    public const string LastDataset = "last_dataset";

    /// <summary><see cref="Tail"/> holds out the last rows, for data in time order; <see cref="Random"/> draws them with the seed.</summary>
    public string Kind { get; init; } = Tail;

    /// <summary>Share of the rows held out.</summary>
    public double Holdout { get; init; } = 0.2;

    public int Seed { get; init; }

    /// <summary>
    /// Holds out rows of the last dataset alone. A retraining asks for it: those rows were answered by the version in production, so neither that
    /// version nor the new one has learnt from them.
    /// </summary>
    public bool FromLastDataset { get; init; }

    public static SplitOptions Read(ParameterReader parameters, int seed) =>
        new()
        {
            Kind = parameters.Choice("split", Tail, Tail, Random),
            Holdout = parameters.Number("holdout", 0.2, 0.01, 0.9),
            FromLastDataset = parameters.Choice(HoldoutFrom, AllRows, AllRows, LastDataset) == LastDataset,
            Seed = seed,
        };
}
