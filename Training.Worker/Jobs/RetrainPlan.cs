using Slipway.Contracts.Messages;
using Slipway.Contracts.Training;
using Slipway.Training.Worker.Datasets;
using Slipway.Training.Worker.Evaluation;

namespace Slipway.Training.Worker.Jobs;

/// <summary>Makes the request of a retraining from the model's last one and the message that asks for it.</summary>
internal static class RetrainPlan
{
    public static TrainingJobRequest Make(TrainModel message, TrainingJobRequest previous)
    {
        var datasets = message.AppendToPrevious ? Append(previous.Datasets, message.Dataset) : [message.Dataset];
        var parameters = previous.Parameters.ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
        // The rows that are new since the previous job are the only ones that the version in production has not learnt from either.
        parameters[SplitOptions.HoldoutFrom] = SplitOptions.LastDataset;
        return previous with { Datasets = datasets, Parameters = parameters, PromoteTo = message.PromoteTo, Reason = message.Reason };
    }

    /// <summary>
    /// The previous datasets followed by what the added one has beyond them, no row twice. Ranges of one endpoint that touch become one, so that a model
    /// retrained every day does not end up with a list of days; the newest range stays apart, since the holdout is taken from it.
    /// </summary>
    internal static IReadOnlyList<string> Append(IReadOnlyList<string> previous, string added)
    {
        if (!DatasetUri.TryParse(added, out var uri, out _) || uri is not PredictionsDataset range)
        {
            return [.. previous.Where(dataset => dataset != added), added];
        }
        var known = new List<object>();
        IReadOnlyList<PredictionsDataset> unseen = [range];
        foreach (var dataset in previous)
        {
            if (
                !DatasetUri.TryParse(dataset, out var old, out _)
                || old is not PredictionsDataset earlier
                || earlier.Endpoint != range.Endpoint
            )
            {
                known.Add(dataset);
                continue;
            }
            unseen = [.. unseen.SelectMany(part => part.Without(earlier))];
            // Only the last one: joining across another dataset would change the order of the rows.
            if (known is [.., PredictionsDataset last] && last.Join(earlier) is { } joined)
            {
                known[^1] = joined;
            }
            else
            {
                known.Add(earlier);
            }
        }
        return [.. known.Concat(unseen).Select(dataset => dataset.ToString()!)];
    }
}
