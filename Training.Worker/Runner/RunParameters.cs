using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Evaluation;
using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Runner;

/// <summary>The parameters of a run, all checked: those of data, split and trainer, and a refusal of every name that is none of them.</summary>
internal sealed record RunParameters
{
    public required IReadOnlyList<string> Categorical { get; init; }

    public required IReadOnlyList<string> Exclude { get; init; }

    /// <summary>The only features, where given.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>Categories of a text column that are told apart; rarer ones count as missing.</summary>
    public required int MaxCategories { get; init; }

    public required SplitOptions Split { get; init; }

    /// <summary>Fits again on all rows once the holdout has given its verdict.</summary>
    public required bool Refit { get; init; }

    public required ITrainer Trainer { get; init; }

    public required TaskKind? Task { get; init; }

    /// <summary>Every parameter with the value used.</summary>
    public required IReadOnlyDictionary<string, string> Used { get; init; }

    public static Result<RunParameters> Read(TrainingSpec spec)
    {
        var reader = new ParameterReader(spec.Parameters);
        var seed = reader.Int("seed", 0, 0, int.MaxValue);
        var trainer = TrainerCatalog.Create(spec.Trainer, reader, seed);
        if (!trainer.IsOk)
        {
            return trainer.Error;
        }
        TaskKind? task = null;
        if (spec.Task is not (null or "" or "auto"))
        {
            if (spec.Task is not ("regression" or "classification"))
            {
                return new BadInput("unknown_task", $"There is no task '{spec.Task}'. Known: regression, classification, auto.")
                {
                    Parameter = "task",
                };
            }
            task = spec.Task == "regression" ? TaskKind.Regression : TaskKind.Classification;
        }
        var parameters = new RunParameters
        {
            Categorical = reader.Names("categorical"),
            Exclude = reader.Names("exclude"),
            Features = reader.Names("features"),
            MaxCategories = reader.Int("max_categories", 254, 1, 10_000),
            Split = SplitOptions.Read(reader, seed),
            Refit = reader.Flag("refit", false),
            Trainer = trainer.Value,
            Task = task,
            Used = reader.Used,
        };
        return (reader.Finish() ?? parameters.CheckTarget(spec.Target)) is { } error ? error : parameters;
    }

    private BadInput? CheckTarget(string target)
    {
        if (!Exclude.Contains(target) && !Features.Contains(target))
        {
            return null;
        }
        var name = Exclude.Contains(target) ? "exclude" : "features";
        return new BadInput("target_is_feature", $"The parameter '{name}' names the target '{target}'.") { Parameter = name };
    }
}
