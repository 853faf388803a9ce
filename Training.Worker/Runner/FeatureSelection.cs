using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Export;
using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Runner;

/// <summary>Chooses the columns a model reads: those asked for, or all but the target and the excluded ones, without those that are empty.</summary>
internal static class FeatureSelection
{
    /// <summary>The read that a run needs, before anything of the files is known.</summary>
    public static CsvReadRequest Request(TrainingSpec spec, RunParameters parameters, IEnumerable<string> incumbentInputs)
    {
        var categorical = parameters.Categorical.ToHashSet(StringComparer.Ordinal);
        if (parameters.Task == TaskKind.Classification)
        {
            // As text, whole numbers of any size stay distinct labels.
            categorical.Add(spec.Target);
        }
        return new CsvReadRequest(spec.Datasets)
        {
            Categorical = categorical,
            Only = parameters.Features.Count > 0 ? parameters.Features.Append(spec.Target).ToHashSet(StringComparer.Ordinal) : null,
            Ignored = parameters.Exclude.ToHashSet(StringComparer.Ordinal),
            Optional = incumbentInputs.ToHashSet(StringComparer.Ordinal),
            Limits = spec.Limits ?? new CsvLimits(),
        };
    }

    /// <summary>The features' names, checked against the table and the target.</summary>
    public static Result<string[]> Choose(Table table, string target, TaskKind task, RunParameters parameters)
    {
        if (CheckNames(table, parameters) is { } error)
        {
            return error;
        }
        var wanted = parameters.Features.Count > 0 ? parameters.Features.ToHashSet(StringComparer.Ordinal) : null;
        string[] names =
        [
            .. table
                .Columns.Where(column =>
                    column.Name != target && !parameters.Exclude.Contains(column.Name) && wanted?.Contains(column.Name) != false
                )
                .Where(HasValue)
                .Select(column => column.Name),
        ];
        if (!names.Any(name => Varies(table.Find(name)!)))
        {
            return new BadInput(
                "no_usable_feature",
                "No feature is left whose value varies: the dataset needs a column besides the target."
            );
        }
        var reserved = names.FirstOrDefault(OnnxExporter.OutputNames(task).Contains);
        return reserved is null
            ? names
            : new BadInput(
                "reserved_column_name",
                $"The column '{reserved}' has the name of an output of the model: rename it, or exclude it."
            );
    }

    private static BadInput? CheckNames(Table table, RunParameters parameters)
    {
        var missing = parameters.Features.FirstOrDefault(name => table.Find(name) is null);
        if (missing is not null)
        {
            return Unknown("features", missing);
        }
        missing = parameters.Categorical.FirstOrDefault(name =>
            table.Find(name) is null
            && !parameters.Exclude.Contains(name)
            && (parameters.Features.Count == 0 || parameters.Features.Contains(name))
        );
        return missing is null ? null : Unknown("categorical", missing);
    }

    private static BadInput Unknown(string parameter, string column) =>
        new("column_not_found", $"The parameter '{parameter}' names the column '{column}', which the dataset does not have.")
        {
            Parameter = parameter,
        };

    private static bool HasValue(Column column)
    {
        for (var row = 0; row < column.RowCount; row++)
        {
            if (!column.IsMissing(row))
            {
                return true;
            }
        }
        return false;
    }

    private static bool Varies(Column column)
    {
        if (column is CategoricalColumn categorical)
        {
            return categorical.Codes.AsSpan().ContainsAnyExcept(categorical.Codes[0]);
        }
        var values = ((NumericColumn)column).Values;
        foreach (var value in values)
        {
            if (!value.Equals(values[0]))
            {
                return true;
            }
        }
        return false;
    }
}
