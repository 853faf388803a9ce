namespace Slipway.Registry.Api.Search;

/// <summary>An attribute that a search can filter and sort by: the SQL of its value.</summary>
internal sealed record SearchAttribute(string Sql, bool IsNumeric = false, bool AllowsIn = false)
{
    /// <summary>The names behind numbers that clients may give for them, in order from 0.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>False where the column has a value in every row, so that an index in either direction can give the order.</summary>
    public bool IsNullable { get; init; } = true;

    /// <summary>A column of times, which clients see as Unix time in milliseconds.</summary>
    public static SearchAttribute Milliseconds(string column) =>
        new($"floor(extract(epoch FROM {column}) * 1000)::bigint", IsNumeric: true);
}

/// <summary>A table of keys and values that belong to the searched rows: <see cref="Join"/> relates its alias <c>x</c> to them.</summary>
internal sealed record SearchTable(string Name, string Join)
{
    /// <summary>Whether an indexed column <c>value_start</c> holds the first <see cref="StartLength"/> characters of each value.</summary>
    public bool HasStart { get; init; }

    /// <summary>Characters of a value that <c>value_start</c> holds.</summary>
    public const int StartLength = 64;

    public string JoinAs(string alias) => Join.Replace("x.", alias + ".", StringComparison.Ordinal);
}

/// <summary>A value of other rows that belong to the searched one: it matches where any of them does. <see cref="Rows"/> is what follows FROM.</summary>
internal sealed record SearchRelation(string Rows, string Sql);

/// <summary>The kinds of things that a filter can speak of.</summary>
internal enum SearchEntity
{
    Attribute,
    Tag,
    Param,
    Metric,
    Dataset,
}

/// <summary>What one kind of search knows: attributes by every name they go by, and tables of tags, params and metrics where there are any.</summary>
internal sealed record SearchSchema
{
    public required IReadOnlyDictionary<string, SearchAttribute> Attributes { get; init; }
    public SearchTable? Tags { get; init; }
    public SearchTable? Params { get; init; }
    public SearchTable? Metrics { get; init; }
    public IReadOnlyDictionary<string, SearchRelation>? Datasets { get; init; }

    /// <summary>Whether tags and params, too, may be compared with a list.</summary>
    public bool PairsAllowIn { get; init; }

    /// <summary>The entity by any of MLflow's names for it, or null where this search does not know it.</summary>
    public SearchEntity? Resolve(string? entity) =>
        entity?.ToLowerInvariant() switch
        {
            null or "attribute" or "attributes" or "attr" or "run" => SearchEntity.Attribute,
            "tag" or "tags" when Tags is not null => SearchEntity.Tag,
            "param" or "params" or "parameter" or "parameters" when Params is not null => SearchEntity.Param,
            "metric" or "metrics" when Metrics is not null => SearchEntity.Metric,
            "dataset" or "datasets" when Datasets is not null => SearchEntity.Dataset,
            _ => null,
        };

    public SearchTable Table(SearchEntity entity) =>
        entity switch
        {
            SearchEntity.Tag => Tags!,
            SearchEntity.Param => Params!,
            SearchEntity.Metric => Metrics!,
            _ => throw new ArgumentOutOfRangeException(nameof(entity), entity, "It has no table of keys and values."),
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
        if (Datasets is not null)
        {
            yield return "dataset";
        }
    }
}
