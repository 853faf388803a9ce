namespace Slipway.Registry.Api.Search;

/// <summary>A literal of a filter: text in quotes, or a number.</summary>
internal readonly record struct FilterValue(string Text, double? Number);

/// <summary>One comparison of a filter; <see cref="Entity"/> is null where the key stands alone.</summary>
internal sealed record FilterClause(string? Entity, string Key, FilterOperator Operator, IReadOnlyList<FilterValue> Values);
