using System.Net;
using System.Net.Http.Json;
using Slipway.Contracts.Access;
using Slipway.Registry.Api.Access;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Access;

/// <summary>API tokens: shown once, confined, expiring, revocable.</summary>
public sealed class TokenTests(AccessHost host) : IClassFixture<AccessHost>
{
    private const string Model = "api/2.0/mlflow/registered-models/get?name=fraud-a";

    [Fact]
    public async Task Token_AsBearerAndAsPassword_HasItsOwnersRights()
    {
        using var owner = host.Basic("reader");
        var created = await AccessHost.CreateTokenAsync(owner, new NewToken { Name = "ci" });
        using var bearer = host.Bearer(created.Secret);
        using var password = host.Basic("reader", created.Secret);
        using var named = host.Basic("token", created.Secret);
        using var other = host.Basic("trainer", created.Secret);

        Assert.Equal(200, await AccessHost.GetAsync(bearer, Model));
        Assert.Equal(200, await AccessHost.GetAsync(password, Model));
        Assert.Equal(200, await AccessHost.GetAsync(named, Model));
        Assert.Equal(401, await AccessHost.GetAsync(other, Model));
        Assert.Equal(403, await AccessHost.GetAsync(bearer, "api/2.0/mlflow/registered-models/get?name=churn-a"));
        var me = await bearer.GetFromJsonAsync("api/v1/access/me", AccessJson.Default.CallerInfo);
        Assert.Equal("reader", me!.Name);
    }

    [Fact]
    public async Task Token_Secret_IsKeptNowhere()
    {
        using var owner = host.Basic("reader");
        var created = await AccessHost.CreateTokenAsync(owner, new NewToken { Name = "hidden" });

        var list = await owner.GetStringAsync(AccessHost.Relative("api/v1/access/tokens"));

        Assert.Contains(created.Token.Id, list, StringComparison.Ordinal);
        Assert.DoesNotContain(created.Secret[^20..], list, StringComparison.Ordinal);
        Assert.Equal(1, await host.Host.CountAsync($"SELECT count(*) FROM access_tokens WHERE id = '{created.Token.Id}'"));
        Assert.Equal(0, await host.Host.CountAsync($"SELECT count(*) FROM access_tokens t WHERE t::text LIKE '%{created.Secret[^20..]}%'"));
    }

    [Fact]
    public async Task Token_WhoseUseCannotBeNoted_KeepsNobodyElsesFromBeingNoted()
    {
        using var owner = host.Basic("reader");
        var refused = await AccessHost.CreateTokenAsync(owner, new NewToken { Name = "refused" });
        var other = await AccessHost.CreateTokenAsync(owner, new NewToken { Name = "noted" });
        await host.Host.ExecuteAsync(
            $$"""
            CREATE FUNCTION refuse_use() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION 'refused by the test'; END $f$;
            CREATE TRIGGER refuse_use BEFORE UPDATE ON access_tokens FOR EACH ROW WHEN (NEW.id = '{{refused.Token.Id}}') EXECUTE FUNCTION refuse_use();
            """
        );
        using var first = host.Bearer(refused.Secret);
        using var second = host.Bearer(other.Secret);

        Assert.Equal(200, await AccessHost.GetAsync(first, Model));

        await Eventually.TrueAsync(async () =>
        {
            Assert.Equal(200, await AccessHost.GetAsync(second, Model));
            return await host.Host.CountAsync(
                    $"SELECT count(*) FROM access_tokens WHERE id = '{other.Token.Id}' AND last_used_at IS NOT NULL"
                ) == 1;
        });
    }

    [Fact]
    public async Task Token_Confined_DoesNoMoreThanItsRolesOnItsNames()
    {
        using var owner = host.Basic("trainer");
        await AccessHost.PostAsync(host.Admin, "registered-models/create", new { name = "fraud-token" });
        var created = await AccessHost.CreateTokenAsync(
            owner,
            new NewToken
            {
                Name = "r",
                Roles = ["reader"],
                Pattern = "fraud-t*",
            }
        );
        using var http = host.Bearer(created.Secret);

        Assert.Equal(200, await AccessHost.GetAsync(http, "api/2.0/mlflow/registered-models/get?name=fraud-token"));
        Assert.Equal(403, await AccessHost.GetAsync(http, Model));
        var tag = new
        {
            name = "fraud-token",
            key = "k",
            value = "v",
        };
        Assert.Equal(403, (await AccessHost.SendAsync(http, HttpMethod.Post, "api/2.0/mlflow/registered-models/set-tag", tag)).Status);
        Assert.Equal(200, (await AccessHost.SendAsync(owner, HttpMethod.Post, "api/2.0/mlflow/registered-models/set-tag", tag)).Status);
        var (_, list) = await AccessHost.SendAsync(http, HttpMethod.Get, "api/2.0/mlflow/registered-models/search");
        Assert.Contains("fraud-token", list, StringComparison.Ordinal);
        Assert.DoesNotContain("fraud-a", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_CannotMakeTokens()
    {
        var created = await AccessHost.CreateTokenAsync(host.Admin, new NewToken { Name = "narrow", Roles = ["reader"] });
        using var http = host.Bearer(created.Secret);

        using var response = await http.PostAsJsonAsync(
            "api/v1/access/tokens",
            new NewToken { Name = "wide" },
            AccessJson.Default.NewToken
        );

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Token_RevokedOrExpired_IsNoMore()
    {
        using var owner = host.Basic("reader");
        var revoked = await AccessHost.CreateTokenAsync(owner, new NewToken { Name = "revoked" });
        var expired = await AccessHost.CreateTokenAsync(owner, new NewToken { Name = "expired" });
        using var first = host.Bearer(revoked.Secret);
        using var second = host.Bearer(expired.Secret);
        Assert.Equal(200, await AccessHost.GetAsync(first, Model));

        using var stranger = host.Basic("trainer");
        Assert.Equal(404, (await AccessHost.SendAsync(stranger, HttpMethod.Delete, $"api/v1/access/tokens/{revoked.Token.Id}")).Status);
        Assert.Equal(204, (await AccessHost.SendAsync(owner, HttpMethod.Delete, $"api/v1/access/tokens/{revoked.Token.Id}")).Status);
        await host.Host.ExecuteAsync($"UPDATE access_tokens SET expires_at = now() - interval '1 second' WHERE id = '{expired.Token.Id}'");

        Assert.Equal(401, await AccessHost.GetAsync(first, Model));
        Assert.Equal(401, await AccessHost.GetAsync(second, Model));
    }

    [Fact]
    public async Task Token_Used_SaysWhen()
    {
        using var owner = host.Basic("reader");
        var created = await AccessHost.CreateTokenAsync(owner, new NewToken { Name = "used" });
        Assert.Null(created.Token.LastUsedAt);
        using var http = host.Bearer(created.Secret);
        await AccessHost.GetAsync(http, Model);

        await Testing.Eventually.TrueAsync(async () =>
            (await owner.GetFromJsonAsync("api/v1/access/tokens", AccessJson.Default.IReadOnlyListApiToken))!
                .Single(t => t.Id == created.Token.Id)
                .LastUsedAt
                is not null
        );
    }

    [Fact]
    public async Task Service_WithItsToken_HasItsRoles()
    {
        using var http = host.Bearer(AccessHost.ServiceToken);

        var me = await http.GetFromJsonAsync("api/v1/access/me", AccessJson.Default.CallerInfo);

        Assert.Equal("service:training", me!.Name);
        Assert.Equal(200, await AccessHost.GetAsync(http, "api/v1/serving-state"));
        Assert.Equal(403, await AccessHost.GetAsync(http, "api/v1/access/users"));
    }

    [Theory]
    [InlineData("slw_")]
    [InlineData("slw_0123456789abcdef")]
    [InlineData("slw_0123456789abcdef_")]
    [InlineData("slw_0123456789abcdef_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("x")]
    public async Task Bearer_NoToken_Is401(string text)
    {
        using var http = host.Bearer(text);

        Assert.Equal(401, await AccessHost.GetAsync(http, Model));
    }

    [Fact]
    public void TokenSecret_Verify_TakesItsOwnAlone()
    {
        var (id, text) = TokenSecret.Create();
        byte[] salt = [1, 2, 3];
        var hash = TokenSecret.Hash(salt, text);

        Assert.Equal(id, TokenSecret.ReadId(text));
        Assert.True(TokenSecret.Verify(salt, hash, text));
        Assert.False(TokenSecret.Verify(salt, hash, text[..^1]));
        Assert.False(TokenSecret.Verify([3, 2, 1], hash, text));
        Assert.NotEqual(text, TokenSecret.Create().Text);
    }
}
