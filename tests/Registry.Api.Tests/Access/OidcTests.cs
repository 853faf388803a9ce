using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using Slipway.Contracts.Access;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Access;

/// <summary>Bearer tokens of an identity provider.</summary>
public sealed class OidcTests : IAsyncLifetime
{
    private const string Me = "api/v1/access/me";
    private FakeIssuer _issuer = null!;
    private RegistryHost _host = null!;

    public async Task InitializeAsync()
    {
        _issuer = await FakeIssuer.StartAsync();
        _host = await RegistryHost.StartAsync(
            ("Registry:Access:Oidc:Authority", _issuer.Url),
            ("Registry:Access:Oidc:Audience", FakeIssuer.Audience),
            ("Registry:Access:Oidc:Roles:ml-team", "trainer:fraud-*,reader:*"),
            ("Registry:Access:AdminPassword", AccessHost.AdminPassword)
        );
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    [Fact]
    public async Task Bearer_TokensOfEveryKind_AreTakenOrRefused()
    {
        using var good = With(_issuer.Token());
        var me = await good.GetFromJsonAsync(Me, AccessJson.Default.CallerInfo);
        Assert.Equal("oidc:jane", me!.Name);
        Assert.Equal([new CallerRole("trainer", "fraud-*"), new CallerRole("reader", "*")], me.Roles);
        Assert.Equal(200, await PostAsync(good, "registered-models/create", "fraud-oidc"));
        Assert.Equal(403, await PostAsync(good, "registered-models/create", "churn-oidc"));

        using var stranger = With(_issuer.Token(role: "other-team"));
        Assert.Equal(403, await PostAsync(stranger, "registered-models/create", "fraud-x"));

        using var otherKey = RSA.Create(2048);
        var none = Part("""{"alg":"none","typ":"JWT"}""") + "." + _issuer.Token().Split('.')[1] + ".";
        var parts = _issuer.Token().Split('.');
        var (refused, names) = (new List<string>(), new List<string>());
        void Add(string name, string token)
        {
            names.Add(name);
            refused.Add(token);
        }
        Add("another key", _issuer.Token(key: new RsaSecurityKey(otherKey) { KeyId = "one" }));
        Add("an unknown key", _issuer.Token(key: new RsaSecurityKey(otherKey) { KeyId = "two" }));
        Add("expired", _issuer.Token(expiresInMinutes: -5));
        Add("another audience", _issuer.Token(audience: "elsewhere"));
        Add("another issuer", _issuer.Token(issuer: "https://issuer.example.org"));
        Add("no signature", none);
        Add("no signature, another algorithm named", $"{parts[0]}.{parts[1]}.");
        Add("the payload of another", $"{parts[0]}.{Part("""{"sub":"root","aud":"slipway","exp":99999999999}""")}.{parts[2]}");
        // The public key, which everybody has, as the secret of a symmetric algorithm.
        Add(
            "a symmetric algorithm",
            _issuer.Token(
                key: new SymmetricSecurityKey(Encoding.UTF8.GetBytes(_issuer.Key.Rsa.ExportRSAPublicKeyPem())),
                algorithm: SecurityAlgorithms.HmacSha256
            )
        );
        for (var i = 0; i < refused.Count; i++)
        {
            using var bad = With(refused[i]);
            var status = await AccessHost.GetAsync(bad, Me);
            Assert.True(status == 401, $"{names[i]}: {status}");
        }
    }

    [Fact]
    public async Task Bearer_IssuerAway_Is503()
    {
        var token = _issuer.Token();
        await _issuer.DisposeAsync();
        using var http = With(token);

        Assert.Equal(503, await AccessHost.GetAsync(http, Me));

        _issuer = await FakeIssuer.StartAsync();
    }

    private static string Part(string json) => Base64UrlEncoder.Encode(json);

    private static async Task<int> PostAsync(HttpClient http, string route, string name) =>
        (await AccessHost.SendAsync(http, HttpMethod.Post, $"api/2.0/mlflow/{route}", new { name })).Status;

    private HttpClient With(string token)
    {
        var http = new HttpClient { BaseAddress = _host.Http.BaseAddress };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return http;
    }
}
