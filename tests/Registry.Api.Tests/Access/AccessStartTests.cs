using System.Net;
using System.Text;
using Microsoft.Extensions.Options;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Tests.Alone;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Access;

/// <summary>When the registry starts, and with access control on or off.</summary>
public sealed class AccessStartTests
{
    [Theory]
    [InlineData("http://0.0.0.0:5000")]
    [InlineData("http://*:5000")]
    [InlineData("http://+:5000")]
    [InlineData("http://[::]:5000")]
    [InlineData("http://127.0.0.1:5000;http://192.168.0.1:5000")]
    [InlineData("http://registry.example.org:5000")]
    public void State_OthersReachItAndNobodyIsConfigured_IsUnprepared(string urls)
    {
        var state = State(new AccessOptions(), ("urls", urls));

        Assert.True(state is { IsOn: true, IsUnprepared: true });
    }

    [Theory]
    [InlineData("urls", "http://localhost:5000")]
    [InlineData("urls", "http://127.0.0.1:0;http://[::1]:5000")]
    [InlineData("none", "")]
    public void State_LoopbackAlone_IsOff(string key, string value) =>
        Assert.True(State(new AccessOptions(), (key, value)) is { IsOn: false, IsUnprepared: false });

    [Fact]
    public void State_PortsOrKestrelsOwnEndpoints_AreSeen()
    {
        Assert.True(State(new AccessOptions(), ("http_ports", "8080")).IsUnprepared);
        Assert.True(State(new AccessOptions(), ("urls", "http://localhost:1"), ("Kestrel:Endpoints:a:Url", "http://*:1")).IsUnprepared);
    }

    [Fact]
    public void State_AsConfigured_IsOnOrOff()
    {
        Assert.True(State(new AccessOptions { AdminPassword = AccessHost.AdminPassword }) is { IsOn: true, IsUnprepared: false });
        Assert.False(State(new AccessOptions { Mode = AccessMode.Off }, ("urls", "http://*:1")).IsOn);
        Assert.True(State(new AccessOptions { Mode = AccessMode.On }) is { IsOn: true, IsUnprepared: false });
    }

    [Fact]
    public void State_OffByItself_ServesThisMachineAlone()
    {
        var state = State(new AccessOptions());

        Assert.True(state.RefusesAddress(IPAddress.Parse("192.168.0.1")));
        Assert.False(state.RefusesAddress(IPAddress.Loopback));
        Assert.False(State(new AccessOptions { Mode = AccessMode.Off }).RefusesAddress(IPAddress.Parse("192.168.0.1")));
    }

    [Theory]
    [InlineData("short", null, null, "AdminPassword")]
    [InlineData(AccessHost.AdminPassword, "tooshort", null, "Services:training:Token")]
    [InlineData(AccessHost.AdminPassword, null, "http://issuer.example.org", "Oidc:Authority must be an https address")]
    [InlineData(AccessHost.AdminPassword, null, "https://issuer.example.org", "Oidc:Audience must be set")]
    public void Rules_BadSettings_NameTheKey(string password, string? token, string? authority, string message)
    {
        var options = new AccessOptions
        {
            AdminPassword = password,
            Oidc = new OidcOptions { Authority = authority is null ? null : new Uri(authority) },
        };
        if (token is not null)
        {
            options.Services["training"] = new ServiceAccount { Token = token };
        }

        Assert.Contains(message, new AccessOptionsRules().Validate(null, options).FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_OthersWouldReachIt_DoesNotStart()
    {
        using var folder = new TempFolder();
        var (code, errors) = await RegistryProcess.RunToEndAsync("--data", folder.Path, "--urls", "http://0.0.0.0:0");

        Assert.Equal(1, code);
        Assert.Contains("Registry__Access__AdminPassword", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_AccessOn_AnswersCurl()
    {
        using var folder = new TempFolder();
        await using var program = await RegistryProcess.StartAsync(
            folder.Path,
            $"--Registry:Access:AdminPassword={AccessHost.AdminPassword}"
        );
        await Eventually.TrueAsync(async () =>
            (await program.Http.GetAsync(new Uri("health/ready", UriKind.Relative))).IsSuccessStatusCode
        );
        var address = $"{program.Http.BaseAddress}api/v1/access/me";

        Assert.Equal("401", await CurlAsync(address));
        Assert.Equal("401", await CurlAsync("-u", "admin:wrong password, surely", address));
        Assert.Equal("200", await CurlAsync("-u", $"admin:{AccessHost.AdminPassword}", address));
        Assert.Equal("200", await CurlAsync($"{program.Http.BaseAddress}health/live"));
        Assert.Equal("403", await CurlAsync("-u", $"admin:{AccessHost.AdminPassword}", "-H", "Host: evil.example.org", address));
        using var admin = new HttpClient { BaseAddress = program.Http.BaseAddress };
        admin.DefaultRequestHeaders.Authorization = new(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{AccessHost.AdminPassword}"))
        );
        var token = await AccessHost.CreateTokenAsync(admin, new Contracts.Access.NewToken { Name = "curl" });
        Assert.Equal("200", await CurlAsync("-H", $"Authorization: Bearer {token.Secret}", address));
    }

    private static AccessState State(AccessOptions options, params (string Key, string Value)[] settings) =>
        new(
            Options.Create(options),
            new Microsoft.Extensions.Configuration.ConfigurationBuilder()
                .Add(
                    new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
                    {
                        InitialData = settings.ToDictionary(s => s.Key, s => (string?)s.Value),
                    }
                )
                .Build()
        );

    private static async Task<string> CurlAsync(params string[] args)
    {
        var start = new System.Diagnostics.ProcessStartInfo("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", .. args])
        {
            RedirectStandardOutput = true,
        };
        using var curl = System.Diagnostics.Process.Start(start)!;
        return await curl.StandardOutput.ReadToEndAsync();
    }
}
