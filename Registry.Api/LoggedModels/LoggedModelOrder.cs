using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Search;

namespace Slipway.Registry.Api.LoggedModels;

/// <summary>The order of a search of logged models: attributes, and the last value of a metric (on a dataset, where one is named).</summary>
internal sealed class LoggedModelOrder(SearchCompiler compiler, SearchSchema schema)
{
    private const string Metrics = "metrics.";

    private static readonly SortKey[] s_tieBreak =
    [
        new("m.creation_timestamp_ms", Ascending: false, SortKind.Integer, IsNullable: false),
        new("m.model_id", Ascending: true, SortKind.Text, IsNullable: false),
    ];

    public SearchSort Compile(IReadOnlyList<LoggedModelOrderBy> orderBy)
    {
        var joins = new List<string>();
        var keys = new List<SortKey>();
        foreach (var item in orderBy)
        {
            keys.Add(item.FieldName.Contains('.', StringComparison.Ordinal) ? MetricKey(item, joins) : AttributeKey(item));
        }
        return new SearchSort(string.Join('\n', joins), [.. keys, .. s_tieBreak]);
    }

    private SortKey AttributeKey(LoggedModelOrderBy item)
    {
        if (!schema.Attributes.TryGetValue(item.FieldName.Trim(), out var attribute))
        {
            throw MlflowRefusal.Invalid($"Invalid order by field name: {MlflowRules.Shorten(item.FieldName)}.");
        }
        return attribute.IsNumeric
            ? new SortKey(attribute.Sql, item.Ascending, SortKind.Integer, attribute.IsNullable)
            : new SortKey($"({attribute.Sql} COLLATE \"C\")", item.Ascending, SortKind.Text, attribute.IsNullable);
    }

    private SortKey MetricKey(LoggedModelOrderBy item, List<string> joins)
    {
        if (!item.FieldName.StartsWith(Metrics, StringComparison.Ordinal))
        {
            throw MlflowRefusal.Invalid(
                $"Invalid order by field name: {MlflowRules.Shorten(item.FieldName)}. Only metrics are supported: only `metrics.<name>` is allowed."
            );
        }
        var alias = $"o{joins.Count}";
        var dataset =
            (item.DatasetName is null ? "" : $" AND x.dataset_name = {compiler.Add(item.DatasetName)}")
            + (item.DatasetDigest is null ? "" : $" AND x.dataset_digest = {compiler.Add(item.DatasetDigest)}");
        var key = compiler.Add(item.FieldName[Metrics.Length..].Trim('`', '"'));
        joins.Add(
            $"""
            LEFT JOIN LATERAL (
                SELECT x.value FROM logged_model_metrics x WHERE x.model_id = m.model_id AND x.key = {key}{dataset}
                ORDER BY x.timestamp DESC, x.step DESC, x.value DESC LIMIT 1
            ) {alias} ON true
            """
        );
        // Numbers, then NaN, then models without the metric, as in a search of runs.
        return new SortKey(
            item.Ascending ? $"{alias}.value" : $"(CASE WHEN {alias}.value = 'NaN' THEN '-Infinity' ELSE {alias}.value END)",
            item.Ascending,
            SortKind.Real
        );
    }
}
