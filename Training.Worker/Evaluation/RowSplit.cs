using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Evaluation;

/// <summary>Row numbers of the training part and of the holdout, each in rising order and neither empty.</summary>
internal sealed record RowSplit(int[] Train, int[] Holdout)
{
    private const int MinRows = 10;

    public static Result<RowSplit> Make(int rowCount, SplitOptions options)
    {
        if (rowCount < MinRows)
        {
            return new BadInput("too_few_rows", $"The dataset has {rowCount} rows; at least {MinRows} are needed.");
        }
        var holdout = Math.Clamp((int)Math.Round(rowCount * options.Holdout), 1, rowCount - 1);
        var rows = new int[rowCount];
        for (var i = 0; i < rowCount; i++)
        {
            rows[i] = i;
        }
        if (options.Kind == SplitOptions.Random)
        {
            new Random(options.Seed).Shuffle(rows);
        }
        var train = rows[..^holdout];
        var held = rows[^holdout..];
        Array.Sort(train);
        Array.Sort(held);
        return new RowSplit(train, held);
    }
}
