using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Evaluation;

/// <summary>Row numbers of the training part and of the holdout, each in rising order and neither empty.</summary>
internal sealed record RowSplit(int[] Train, int[] Holdout)
{
    private const int MinRows = 10;
    private const int MinWatchedRows = 10;

    /// <summary>
    /// Positions within <see cref="Train"/>, a tenth of it, by which a trainer may decide when to stop; none where they would be too few to say anything. They are
    /// chosen as the holdout is, and are never part of it: a model that had watched its own holdout would look better there than the incumbent.
    /// </summary>
    public int[] Watched { get; private init; } = [];

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
        return new RowSplit(train, held) { Watched = Watch(train.Length, options) };
    }

    private static int[] Watch(int trainCount, SplitOptions options)
    {
        var count = trainCount / 10;
        if (count < MinWatchedRows)
        {
            return [];
        }
        int[] positions = [.. Enumerable.Range(0, trainCount)];
        if (options.Kind == SplitOptions.Random)
        {
            new Random(options.Seed).Shuffle(positions);
        }
        var watched = positions[^count..];
        Array.Sort(watched);
        return watched;
    }
}
