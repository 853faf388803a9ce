namespace Slipway.Registry.Api.Search;

/// <summary>How a sort key's values travel in a page token.</summary>
internal enum SortKind
{
    Integer,
    Real,
    Text,
}

/// <summary>One key of ORDER BY, with missing values last in either direction.</summary>
internal sealed record SortKey(string Sql, bool Ascending, SortKind Kind, bool IsNullable = true)
{
    public string OrderSql => $"{Sql} {(Ascending ? "ASC" : "DESC")}{(IsNullable ? " NULLS LAST" : "")}";
}
