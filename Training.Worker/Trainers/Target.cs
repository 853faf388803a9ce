using System.Globalization;
using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Trainers;

/// <summary>The column to predict: a value for every row, or the index of its class.</summary>
internal sealed record Target(string Name, TaskKind Task, float[] Values, ClassLabels? Classes)
{
    private const int MaxClasses = 200;

    /// <summary>The number of scores a model gives for a row: one for regression and for two classes.</summary>
    public int OutputCount => Classes is { Count: > 2 } classes ? classes.Count : 1;

    /// <summary>Reads the target; with no task given, text and the numbers 0 and 1 alone mean classification.</summary>
    public static Result<Target> Read(Table table, string name, TaskKind? task)
    {
        if (table.Find(name) is not { } column)
        {
            return new BadInput("target_not_found", $"The dataset has no column '{name}', which is the target.") { Parameter = "target" };
        }
        if (column.FirstMissing is { } missing)
        {
            return new BadInput("target_missing_value", $"The target '{name}' has no value at {missing}: every row needs one.")
            {
                Parameter = "target",
                Position = missing,
            };
        }
        task ??= column is NumericColumn numeric && !IsZeroOne(numeric) ? TaskKind.Regression : TaskKind.Classification;
        return task == TaskKind.Regression ? Number(column) : Classify(column);
    }

    /// <summary>The rows' values, in the order of the rows.</summary>
    public float[] Select(ReadOnlySpan<int> rows)
    {
        var selected = new float[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            selected[i] = Values[rows[i]];
        }
        return selected;
    }

    private static bool IsZeroOne(NumericColumn column) => column.Values.All(value => value is 0 or 1);

    private static Result<Target> Number(Column column)
    {
        if (column is NumericColumn numeric)
        {
            return new Target(column.Name, TaskKind.Regression, numeric.Values, null);
        }
        var where = column.FirstText is { } position ? $" ({position})" : "";
        return new BadInput(
            "target_not_numeric",
            $"The target '{column.Name}' has a value that is not a number{where}, as regression needs."
        )
        {
            Parameter = "target",
            Position = column.FirstText,
        };
    }

    private static Result<Target> Classify(Column column)
    {
        string[] texts;
        int[] codes;
        if (column is CategoricalColumn categorical)
        {
            (texts, codes) = (categorical.Categories, categorical.Codes);
        }
        else
        {
            var values = ((NumericColumn)column).Values;
            float[] distinct = [.. values.Distinct().Order()];
            texts = [.. distinct.Select(value => value.ToString(CultureInfo.InvariantCulture))];
            codes = [.. values.Select(value => Array.BinarySearch(distinct, value))];
        }
        var classes = ClassLabels.Create(texts, out var classOfText);
        if (classes.Count < 2)
        {
            return new BadInput(
                "target_single_class",
                $"The target '{column.Name}' has one value only, '{classes.Names[0]}': classification needs two."
            )
            {
                Parameter = "target",
            };
        }
        if (classes.Count > MaxClasses)
        {
            return new BadInput(
                "target_too_many_classes",
                $"The target '{column.Name}' has {classes.Count} classes; at most {MaxClasses} are learned."
            )
            {
                Parameter = "target",
            };
        }
        return new Target(column.Name, TaskKind.Classification, [.. codes.Select(code => (float)classOfText[code])], classes);
    }
}
