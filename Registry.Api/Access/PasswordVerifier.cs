using System.Net;
using Microsoft.Extensions.Options;

namespace Slipway.Registry.Api.Access;

/// <summary>
/// Checks passwords: those found right a short while ago at once, others by their slow hash, of which only so many are computed at the same time, and not for
/// those who guess.
/// </summary>
internal sealed class PasswordVerifier(
    IOptions<AccessOptions> options,
    AccessStore store,
    PrincipalCache cache,
    LoginThrottle throttle,
    ILogger<PasswordVerifier> logger
) : IDisposable
{
    private const int MaxWaiting = 64;
    private static readonly TimeSpan s_busy = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _hashing = new(Math.Max(1, Environment.ProcessorCount / 2));
    private int _waiting;

    public async Task<PasswordOutcome> VerifyAsync(BasicCredentials credentials, IPAddress? address, CancellationToken ct)
    {
        if (await cache.KnowsAsync(credentials, ct))
        {
            return new PasswordOutcome.Right();
        }
        if (throttle.Wait(credentials.User, address) is { } wait)
        {
            return new PasswordOutcome.Wait(wait);
        }
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return new PasswordOutcome.Wait(s_busy);
        }
        try
        {
            if (await IsRightAsync(credentials, ct))
            {
                await cache.RememberAsync(credentials, ct);
                return new PasswordOutcome.Right();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
        throttle.Failed(credentials.User, address);
        AccessLog.LoginFailed(logger, AccessNames.IsUser(credentials.User) ? credentials.User : "(no user's name)", address);
        return new PasswordOutcome.Wrong();
    }

    private async Task<bool> IsRightAsync(BasicCredentials credentials, CancellationToken ct)
    {
        if (credentials.User == options.Value.AdminUser && options.Value.AdminPassword is { Length: > 0 } password)
        {
            return TokenSecret.Same(password, credentials.Password);
        }
        var hash = AccessNames.IsUser(credentials.User) ? await store.PasswordHashAsync(credentials.User, ct) : null;
        await _hashing.WaitAsync(ct);
        try
        {
            return Passwords.Verify(hash, credentials.Password);
        }
        finally
        {
            _hashing.Release();
        }
    }

    public void Dispose() => _hashing.Dispose();
}

/// <summary>What came of a password.</summary>
internal abstract record PasswordOutcome
{
    internal sealed record Right : PasswordOutcome;

    internal sealed record Wrong : PasswordOutcome;

    internal sealed record Wait(TimeSpan Time) : PasswordOutcome;
}
