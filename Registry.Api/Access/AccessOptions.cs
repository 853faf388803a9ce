using System.ComponentModel.DataAnnotations;

namespace Slipway.Registry.Api.Access;

/// <summary>Access control, in the section <c>Registry:Access</c>.</summary>
internal sealed class AccessOptions
{
    public const string Section = "Registry:Access";

    /// <summary>Whether callers must show who they are. Not set: off while the registry listens on loopback addresses alone, on otherwise.</summary>
    public AccessMode? Mode { get; set; }

    /// <summary>The name of the admin whose password stands in the configuration.</summary>
    [RegularExpression(AccessNames.UserPattern)]
    public string AdminUser { get; set; } = "admin";

    /// <summary>That admin's password, of at least 12 characters. There is no default.</summary>
    public string? AdminPassword { get; set; }

    /// <summary>The other programs of the platform, by name. Each is the principal <c>service:{name}</c>.</summary>
    public Dictionary<string, ServiceAccount> Services { get; init; } = [];

    /// <summary>Bearer tokens of an identity provider.</summary>
    public OidcOptions Oidc { get; init; } = new();

    /// <summary>The role that everybody who is signed in has on all objects; none by default. MLflow's own server has <c>reader</c>.</summary>
    public string? DefaultRole { get; set; }

    /// <summary>Whether everybody who is signed in may create experiments and models under new names, as on MLflow's own server.</summary>
    public bool AnyoneMayCreate { get; set; }

    /// <summary>Whether the configuration names anybody who could sign in.</summary>
    public bool NamesAnybody => !string.IsNullOrEmpty(AdminPassword) || Oidc.Authority is not null;
}

/// <summary>A program of the platform, which shows a token.</summary>
internal sealed class ServiceAccount
{
    /// <summary>The token that it shows, of at least 20 characters.</summary>
    public string Token { get; set; } = "";

    /// <summary>Its roles on all objects, comma-separated.</summary>
    public string Roles { get; set; } = Access.Roles.Reader;
}

/// <summary>An identity provider that speaks OpenID Connect.</summary>
internal sealed class OidcOptions
{
    /// <summary>The issuer's address; its discovery document is read from there.</summary>
    public Uri? Authority { get; set; }

    /// <summary>What a token's <c>aud</c> must name.</summary>
    public string? Audience { get; set; }

    /// <summary>The claim that names the caller, who is then the principal <c>oidc:{value}</c>.</summary>
    public string NameClaim { get; set; } = "sub";

    /// <summary>The claim whose values <see cref="Roles"/> maps.</summary>
    public string RoleClaim { get; set; } = "roles";

    /// <summary>What a value of the role claim grants: <c>role:pattern</c>, comma-separated, such as <c>trainer:fraud-*,reader:*</c>.</summary>
    public Dictionary<string, string> Roles { get; init; } = [];
}
