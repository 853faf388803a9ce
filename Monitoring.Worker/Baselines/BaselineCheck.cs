using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Drift;

namespace Slipway.Monitoring.Worker.Baselines;

/// <summary>Says what is wrong with a baseline profile: anyone can put a file of that name beside a model.</summary>
internal static class BaselineCheck
{
    private const int MaxFeatures = 10_000;

    /// <summary>Null when the profile can be used.</summary>
    public static string? Find(BaselineProfile profile)
    {
        if (profile.Features is null || profile.Prediction is null || profile.Metrics is null || string.IsNullOrEmpty(profile.Task))
        {
            return "task, features, prediction and metrics must be given.";
        }
        if (profile.Features.Count > MaxFeatures)
        {
            return $"{profile.Features.Count} features; at most {MaxFeatures} are compared.";
        }
        foreach (var column in profile.Features.Append(profile.Prediction))
        {
            if (Find(column) is { } error)
            {
                return $"column '{column?.Name}': {error}";
            }
        }
        return profile.Features.Select(f => f.Name).Distinct(StringComparer.Ordinal).Count() < profile.Features.Count
            ? "two features have the same name."
            : null;
    }

    private static string? Find(ColumnProfile? column) =>
        column is null || string.IsNullOrEmpty(column.Name) ? "it has no name."
        : column.Kind is not (ColumnKinds.Numeric or ColumnKinds.Categorical) ? $"unknown kind '{column.Kind}'."
        : column.Count < 0 || column.MissingCount < 0 || column.OtherCount < 0 ? "a count is negative."
        : FindInBins(column) ?? FindInSample(column) ?? FindInCategories(column);

    private static string? FindInBins(ColumnProfile column)
    {
        if (column.Edges is null && column.BinCounts is null)
        {
            return null;
        }
        if (column.Edges is null || column.BinCounts is null || column.BinCounts.Count != column.Edges.Count + 1)
        {
            return "binCounts must have one entry more than edges.";
        }
        for (var i = 1; i < column.Edges.Count; i++)
        {
            if (!(column.Edges[i] > column.Edges[i - 1]))
            {
                return "edges must rise.";
            }
        }
        return column.BinCounts.Any(c => c < 0) ? "a bin's count is negative." : null;
    }

    private static string? FindInSample(ColumnProfile column)
    {
        if (column.Sample is not { } sample)
        {
            return null;
        }
        if (sample.Count > ColumnProfile.MaxSampleCount)
        {
            return $"the sample has {sample.Count} values; at most {ColumnProfile.MaxSampleCount} are allowed.";
        }
        for (var i = 1; i < sample.Count; i++)
        {
            if (!(sample[i] >= sample[i - 1]))
            {
                return "the sample must be sorted.";
            }
        }
        return null;
    }

    private static string? FindInCategories(ColumnProfile column) =>
        column.Categories is { } categories && categories.Values.Any(c => c < 0) ? "a category's count is negative." : null;
}
