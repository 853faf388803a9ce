namespace Slipway.Registry.Api.Search;

/// <summary>One key of <c>order_by</c>.</summary>
internal readonly record struct OrderItem(string? Entity, string Key, bool Ascending);
