namespace Slipway.Registry.Api.Search;

/// <summary>A literal of a filter: text in quotes, a number, or a word that is neither and so an error, which depends on what it is compared with.</summary>
internal readonly record struct FilterValue(string Text, double? Number, bool IsQuoted)
{
    /// <summary>In double quotes, which one kind of search takes for a name.</summary>
    public bool IsDoubleQuoted { get; init; }
}

/// <summary>
/// One comparison of a filter. <see cref="Entity"/> is null where the key stands alone; <see cref="Comparator"/> is the operator as it was written.
/// </summary>
internal sealed record FilterClause(
    string? Entity,
    string Key,
    FilterOperator Operator,
    string Comparator,
    IReadOnlyList<FilterValue> Values
);
