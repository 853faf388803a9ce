using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Access;

/// <summary>Wrong passwords, and what is written of them.</summary>
public sealed class LoginTests
{
    private static readonly IPAddress s_here = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress s_there = IPAddress.Parse("192.0.2.2");

    [Fact]
    public void Throttle_TenFailures_HoldsThatUserFromThatAddressForTheMinute()
    {
        var clock = new ManualClock();
        var throttle = new LoginThrottle(clock);
        Fail(throttle, "ann", s_here, 9);
        Assert.Null(throttle.Wait("ann", s_here));
        Fail(throttle, "ann", s_here, 1);

        Assert.Equal(TimeSpan.FromMinutes(1), throttle.Wait("ann", s_here));
        Assert.NotNull(throttle.Wait("ANN", s_here));
        Assert.Null(throttle.Wait("ann", s_there));
        Assert.Null(throttle.Wait("bob", s_here));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(throttle.Wait("ann", s_here));
    }

    [Fact]
    public void Throttle_ManyAddressesOrManyUsers_AreHeldToo()
    {
        var throttle = new LoginThrottle(new ManualClock());
        for (var i = 0; i < 50; i++)
        {
            throttle.Failed("ann", new IPAddress(i));
        }
        Assert.NotNull(throttle.Wait("ann", s_there));

        for (var i = 0; i < 100; i++)
        {
            throttle.Failed($"user{i}", s_here);
        }
        Assert.NotNull(throttle.Wait("nobody yet", s_here));
    }

    [Fact]
    public void Passwords_Hash_IsSaltedAndSlow()
    {
        var hash = Passwords.Hash(AccessHost.UserPassword);

        Assert.NotEqual(hash, Passwords.Hash(AccessHost.UserPassword));
        Assert.True(Passwords.Verify(hash, AccessHost.UserPassword));
        Assert.False(Passwords.Verify(hash, AccessHost.UserPassword + "x"));
        Assert.False(Passwords.Verify(null, AccessHost.UserPassword));
        // Format 1 of the framework's hasher: PBKDF2, its pseudo-random function (2: HMAC-SHA-512) and its iterations.
        var bytes = Convert.FromBase64String(hash);
        Assert.Equal((1, 2, 210_000), (bytes[0], bytes[4], System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(5))));
    }

    [Fact]
    public async Task Login_ManyWrongPasswords_Are429ThoughKnownOnesGoOn()
    {
        var log = new CapturedLog();
        await using var host = await RegistryHost.StartAsync(
            builder => builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace),
            ("Registry:Access:AdminPassword", AccessHost.AdminPassword)
        );
        const string Guess = "a guess nobody makes";
        async Task<HttpResponseMessage> TryAsync(string user, string password)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/access/me");
            request.Headers.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{user}:{password}")));
            return await host.Http.SendAsync(request);
        }
        Assert.Equal(HttpStatusCode.OK, (await TryAsync("admin", AccessHost.AdminPassword)).StatusCode);

        HttpResponseMessage? held = null;
        // Eleven are enough, unless the minute ends in between.
        for (var i = 0; i < 22 && held is null; i++)
        {
            var answer = await TryAsync("admin", Guess);
            held = answer.StatusCode == HttpStatusCode.TooManyRequests ? answer : null;
            Assert.True(held is not null || answer.StatusCode == HttpStatusCode.Unauthorized);
        }

        Assert.NotNull(held?.Headers.RetryAfter?.Delta);
        Assert.Equal(HttpStatusCode.OK, (await TryAsync("admin", AccessHost.AdminPassword)).StatusCode);
        Assert.DoesNotContain(
            log.Lines,
            line => line.Contains(Guess, StringComparison.Ordinal) || line.Contains(AccessHost.AdminPassword, StringComparison.Ordinal)
        );
        Assert.DoesNotContain(log.Lines, line => line.Contains(Convert.ToBase64String("admin:"u8)[..6], StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains("A login as admin", StringComparison.Ordinal));
    }

    private static void Fail(LoginThrottle throttle, string user, IPAddress address, int times)
    {
        for (var i = 0; i < times; i++)
        {
            throttle.Failed(user, address);
        }
    }
}
