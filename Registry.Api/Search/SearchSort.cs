namespace Slipway.Registry.Api.Search;

/// <summary>An order: the joins that its keys need, and the keys, the last of which makes every row's place unique.</summary>
internal sealed record SearchSort(string Joins, IReadOnlyList<SortKey> Keys)
{
    public string OrderSql => string.Join(", ", Keys.Select(key => key.OrderSql));

    /// <summary>The keys as columns, for <see cref="Keyset.Read"/>.</summary>
    public string ColumnsSql => string.Join(", ", Keys.Select(key => key.Sql));
}
