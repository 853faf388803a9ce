namespace Slipway.Contracts.Access;

/// <summary>An API token without its secret.</summary>
/// <param name="Id">The part that names the token; it may be shown and logged.</param>
/// <param name="Principal">Whose rights it has.</param>
/// <param name="Roles">The roles that it is confined to; empty for all that its principal has.</param>
/// <param name="Pattern">The names that it is confined to.</param>
/// <param name="LastUsedAt">To the minute.</param>
public sealed record ApiToken(
    string Id,
    string Principal,
    string Name,
    IReadOnlyList<string> Roles,
    string Pattern,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt
);

/// <summary>Asks for a token: for oneself, or, as an admin, for another principal.</summary>
public sealed record NewToken
{
    /// <summary>What the token is for; shown in lists.</summary>
    public string Name { get; set; } = "";

    /// <summary>Whose rights it has; the caller's by default.</summary>
    public string? Principal { get; set; }

    /// <summary>The roles that it is confined to.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>The names that it is confined to.</summary>
    public string Pattern { get; set; } = "*";

    /// <summary>Days until it expires, from 1 to 366.</summary>
    public int ExpiresInDays { get; set; } = 90;
}

/// <summary>A new token with its secret, which is shown this once.</summary>
public sealed record CreatedToken(ApiToken Token, string Secret);
