namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>Parameters of gradient boosting. The names are those that XGBoost and LightGBM users know.</summary>
internal sealed record GbdtOptions
{
    /// <summary>Boosting iterations; early stopping may use fewer. With three or more classes each iteration grows a tree a class.</summary>
    public int Trees { get; init; } = 200;

    public double LearningRate { get; init; } = 0.1;

    public int MaxDepth { get; init; } = 6;

    public int MaxLeaves { get; init; } = 31;

    /// <summary>The fewest training rows in a leaf.</summary>
    public int MinChildRows { get; init; } = 20;

    /// <summary>Weight of the squared leaf values.</summary>
    public double Lambda { get; init; } = 1;

    /// <summary>The least gain for which a node is split.</summary>
    public double MinGain { get; init; }

    /// <summary>Share of the rows that each iteration sees, drawn anew with <see cref="Seed"/>.</summary>
    public double Subsample { get; init; } = 1;

    /// <summary>Bins a feature, the one for missing values left out.</summary>
    public int MaxBins { get; init; } = 255;

    /// <summary>Iterations without a better loss of the watched rows after which training stops; 0 never stops early.</summary>
    public int EarlyStoppingRounds { get; init; } = 30;

    public int Seed { get; init; }

    public static GbdtOptions Read(ParameterReader parameters, int seed) =>
        new()
        {
            Trees = parameters.Int("trees", 200, 1, 10_000),
            LearningRate = parameters.Number("learning_rate", 0.1, 1e-4, 1),
            MaxDepth = parameters.Int("max_depth", 6, 1, 16),
            MaxLeaves = parameters.Int("max_leaves", 31, 2, 4_096),
            MinChildRows = parameters.Int("min_child_rows", 20, 1, 1_000_000),
            Lambda = parameters.Number("lambda", 1, 0, 1e6),
            MinGain = parameters.Number("min_gain", 0, 0, 1e12),
            Subsample = parameters.Number("subsample", 1, 0.05, 1),
            MaxBins = parameters.Int("max_bins", 255, 2, 255),
            EarlyStoppingRounds = parameters.Int("early_stopping_rounds", 30, 0, 10_000),
            Seed = seed,
        };
}
