using Microsoft.Extensions.Options;

namespace Slipway.Registry.Api.Access;

/// <summary>Refuses to start a registry that others reach while nobody could sign in, and says loudly when everybody may do everything.</summary>
internal sealed class AccessStartCheck(
    AccessState state,
    IOptions<AccessOptions> options,
    IConfiguration configuration,
    ILogger<AccessStartCheck> logger
) : IHostedService
{
    // As MLflow's server shipped it.
    private const string KnownPassword = "password1234";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var foreign = BindAddresses.Foreign(configuration);
        if (state.IsUnprepared)
        {
            throw new AccessRefusedException(
                $"The registry would listen on {foreign}, where others reach it, and no way to sign in is configured. Set Registry:Access:AdminPassword (environment: Registry__Access__AdminPassword) to a password of at least {Passwords.MinLength} characters, or Registry:Access:Oidc:Authority and Audience; listen on loopback alone (--urls http://127.0.0.1:5000); or, to let everybody who reaches it do everything, set Registry:Access:Mode to Off."
            );
        }
        if (!state.IsOn && foreign is not null)
        {
            AccessLog.OffAndOpen(logger, foreign);
        }
        if (state.IsOn && options.Value.AdminPassword == KnownPassword)
        {
            AccessLog.KnownPassword(logger);
        }
        AccessLog.ModeIs(logger, state.IsOn ? AccessMode.On : AccessMode.Off);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
