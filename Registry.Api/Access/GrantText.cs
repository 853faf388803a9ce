namespace Slipway.Registry.Api.Access;

/// <summary>Grants as they are written in the configuration: <c>trainer:fraud-*,reader:*</c>.</summary>
internal static class GrantText
{
    private const StringSplitOptions Trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    /// <summary>The grants; null where the text is none. A role alone holds for all names.</summary>
    public static IReadOnlyList<Grant>? Parse(string text)
    {
        var grants = new List<Grant>();
        foreach (var part in text.Split(',', Trimmed))
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            var grant = colon < 0 ? new Grant(part, NamePattern.Any) : new Grant(part[..colon], part[(colon + 1)..]);
            if (!Roles.All.Contains(grant.Role) || !NamePattern.IsValid(grant.Pattern))
            {
                return null;
            }
            grants.Add(grant);
        }
        return grants.Count == 0 ? null : grants;
    }

    /// <summary>Roles on all names; null where the text is none.</summary>
    public static IReadOnlyList<Grant>? SplitRoles(string text) =>
        Parse(text) is { } grants && grants.All(g => g.Pattern == NamePattern.Any) ? grants : null;
}
