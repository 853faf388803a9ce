using Microsoft.Extensions.Options;

namespace Slipway.Registry.Api.Access;

/// <summary>Rules across the settings of access control; each message names the setting.</summary>
internal sealed class AccessOptionsRules : IValidateOptions<AccessOptions>
{
    private const int MinTokenLength = 20;

    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        var failures = Failures(options).ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Failures(AccessOptions options)
    {
        const string Section = AccessOptions.Section;
        if (options.AdminPassword is { Length: > 0 } password && Passwords.Fault(options.AdminUser, password) is { } fault)
        {
            yield return $"{Section}:AdminPassword: {fault}";
        }
        if (options.DefaultRole is { } role && !Roles.All.Contains(role))
        {
            yield return $"{Section}:DefaultRole must be one of {string.Join(", ", Roles.All)}.";
        }
        foreach (var (service, account) in options.Services)
        {
            if (!AccessNames.IsUser(service) || account.Token.Length < MinTokenLength)
            {
                yield return $"{Section}:Services:{service}:Token must have at least {MinTokenLength} characters.";
            }
            if (GrantText.SplitRoles(account.Roles) is null)
            {
                yield return $"{Section}:Services:{service}:Roles must name some of {string.Join(", ", Roles.All)}.";
            }
        }
        if (options.Services.Values.Where(s => s.Token.Length > 0).GroupBy(s => s.Token).Any(g => g.Count() > 1))
        {
            yield return $"{Section}:Services: two services have the same token.";
        }
        if (options.Oidc.Authority is { } authority)
        {
            if (!authority.IsAbsoluteUri || (authority.Scheme != Uri.UriSchemeHttps && !authority.IsLoopback))
            {
                yield return $"{Section}:Oidc:Authority must be an https address.";
            }
            if (string.IsNullOrWhiteSpace(options.Oidc.Audience))
            {
                yield return $"{Section}:Oidc:Audience must be set: a token that was made for another service must not be taken.";
            }
            foreach (var (value, grants) in options.Oidc.Roles)
            {
                if (GrantText.Parse(grants) is null)
                {
                    yield return $"{Section}:Oidc:Roles:{value} must be a list of role:pattern, such as trainer:fraud-*,reader:*.";
                }
            }
        }
    }
}
