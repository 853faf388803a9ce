namespace Slipway.Registry.Api.Search;

/// <summary>An attribute that a search can filter and sort by: the SQL of its value.</summary>
internal sealed record SearchAttribute(string Sql, bool IsNumeric = false, bool AllowsIn = false)
{
    /// <summary>A column of times, which clients see as Unix time in milliseconds.</summary>
    public static SearchAttribute Milliseconds(string column) =>
        new($"floor(extract(epoch FROM {column}) * 1000)::bigint", IsNumeric: true);
}

/// <summary>A table of keys and values that belong to the searched rows: <see cref="Join"/> relates its alias <c>x</c> to them.</summary>
internal sealed record SearchTable(string Name, string Join);

/// <summary>What one kind of search knows: attributes by every name they go by, and tables of tags, params and metrics where there are any.</summary>
internal sealed record SearchSchema
{
    public required IReadOnlyDictionary<string, SearchAttribute> Attributes { get; init; }
    public SearchTable? Tags { get; init; }
    public SearchTable? Params { get; init; }
    public SearchTable? Metrics { get; init; }

    /// <summary>The entity's table, or null for an attribute. Unknown entities are refused by the compiler.</summary>
    public (bool Known, SearchTable? Table, bool IsMetric) Resolve(string? entity) =>
        entity?.ToLowerInvariant() switch
        {
            null or "attribute" or "attributes" or "attr" or "run" => (true, null, false),
            "tag" or "tags" when Tags is not null => (true, Tags, false),
            "param" or "params" or "parameter" or "parameters" when Params is not null => (true, Params, false),
            "metric" or "metrics" when Metrics is not null => (true, Metrics, true),
            _ => (false, null, false),
        };

    /// <summary>The entities for people, as MLflow lists them.</summary>
    public IEnumerable<string> EntityNames()
    {
        if (Metrics is not null)
        {
            yield return "metric";
        }
        if (Params is not null)
        {
            yield return "parameter";
        }
        if (Tags is not null)
        {
            yield return "tag";
        }
        yield return "attribute";
    }
}
