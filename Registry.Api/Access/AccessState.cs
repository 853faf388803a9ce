using System.Net;
using Microsoft.Extensions.Options;

namespace Slipway.Registry.Api.Access;

/// <summary>Whether access control is on: as configured, else off for a registry that only this machine reaches, else on.</summary>
internal sealed class AccessState
{
    public const string HowToTurnOn =
        "Access control is off, so the registry answers this machine alone. Set Registry:Access:AdminPassword (environment: Registry__Access__AdminPassword) to a password of at least 12 characters, or Registry:Access:Oidc:Authority and Audience; or, to let everybody who reaches it do everything, Registry:Access:Mode to Off.";

    private readonly bool _isOffByDefault;

    public AccessState(IOptions<AccessOptions> options, IConfiguration configuration)
    {
        IsOn =
            (
                options.Value.Mode
                ?? (options.Value.NamesAnybody || !BindAddresses.AreLoopback(configuration) ? AccessMode.On : AccessMode.Off)
            ) == AccessMode.On;
        _isOffByDefault = options.Value.Mode is null && !IsOn;
        IsUnprepared = options.Value.Mode is null && IsOn && !options.Value.NamesAnybody;
    }

    public bool IsOn { get; }

    /// <summary>Whether it came on by itself, and nobody could sign in: the start is refused.</summary>
    public bool IsUnprepared { get; }

    /// <summary>Whatever the configuration seemed to say, a request that came in from elsewhere is not served without access control.</summary>
    public bool RefusesAddress(IPAddress? local) => _isOffByDefault && local is not null && !IPAddress.IsLoopback(local);
}
