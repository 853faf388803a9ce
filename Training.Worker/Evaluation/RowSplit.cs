using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Evaluation;

/// <summary>Row numbers of the training part and of the holdout, each in rising order and neither empty.</summary>
internal sealed record RowSplit(int[] Train, int[] Holdout)
{
    private const int MinRows = 10;

    /// <summary>
    /// Divides <paramref name="rowCount"/> rows, of which those from <paramref name="lastDatasetStart"/> on came from the last dataset.
    /// </summary>
    public static Result<RowSplit> Make(int rowCount, SplitOptions options, int lastDatasetStart = 0)
    {
        var first = options.FromLastDataset ? lastDatasetStart : 0;
        var candidates = rowCount - first;
        if (candidates < MinRows)
        {
            var what = first == 0 ? "The dataset" : "The last dataset, which the holdout is taken from,";
            return new BadInput("too_few_rows", $"{what} has {candidates} rows; at least {MinRows} are needed.");
        }
        var holdout = Math.Clamp((int)Math.Round(candidates * options.Holdout), 1, candidates - 1);
        var rows = new int[candidates];
        for (var i = 0; i < candidates; i++)
        {
            rows[i] = first + i;
        }
        if (options.Kind == SplitOptions.Random)
        {
            new Random(options.Seed).Shuffle(rows);
        }
        int[] train = [.. Enumerable.Range(0, first), .. rows[..^holdout]];
        var held = rows[^holdout..];
        Array.Sort(train);
        Array.Sort(held);
        return new RowSplit(train, held);
    }
}
