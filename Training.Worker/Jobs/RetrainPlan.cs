using Slipway.Contracts.Messages;
using Slipway.Contracts.Training;
using Slipway.Training.Worker.Datasets;

namespace Slipway.Training.Worker.Jobs;

/// <summary>Makes the request of a retraining from the model's last one and the message that asks for it.</summary>
internal static class RetrainPlan
{
    public static TrainingJobRequest Make(TrainModel message, TrainingJobRequest previous) =>
        previous with
        {
            Datasets = message.AppendToPrevious ? Append(previous.Datasets, message.Dataset) : [message.Dataset],
            PromoteTo = message.PromoteTo,
            Reason = message.Reason,
        };

    /// <summary>
    /// The datasets followed by the added one, no row twice: ranges of the same endpoint lose what the added one covers, and those that then touch become
    /// one, so that a model retrained every day does not end up with a list of days.
    /// </summary>
    internal static IReadOnlyList<string> Append(IReadOnlyList<string> previous, string added)
    {
        if (!DatasetUri.TryParse(added, out var uri, out _) || uri is not PredictionsDataset range)
        {
            return [.. previous.Where(dataset => dataset != added), added];
        }
        var result = new List<object>();
        foreach (var dataset in previous)
        {
            if (DatasetUri.TryParse(dataset, out var old, out _) && old is PredictionsDataset earlier && earlier.Endpoint == range.Endpoint)
            {
                result.AddRange(earlier.Without(range));
            }
            else
            {
                result.Add(dataset);
            }
        }
        // Only the last one: joining across another dataset would change the order of the rows.
        if (result is [.., PredictionsDataset last] && last.Join(range) is { } joined)
        {
            result.RemoveAt(result.Count - 1);
            range = joined;
        }
        return [.. result.Append(range).Select(dataset => dataset.ToString()!)];
    }
}
