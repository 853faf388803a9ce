using Slipway.Registry.Api.Http.Outbound;
using Slipway.Registry.Api.Tests.Webhooks;

namespace Slipway.Registry.Api.Tests.Http;

public sealed class OutboundGuardTests
{
    private static readonly OutboundRules s_public = new(["http", "https"], AllowPrivateAddresses: false);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("93.184.216.34,127.0.0.1")]
    public async Task Connection_ToWhatIsNotPublic_IsNotMade(string addresses)
    {
        await using var receiver = await Receiver.StartAsync();
        using var http = new HttpClient(new OutboundGuard(s_public, new FixedResolver(addresses)).CreateHandler());

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() =>
            http.GetAsync(new Uri($"http://innocent.example:{new Uri(receiver.Url()).Port}/"))
        );

        Assert.IsType<OutboundRefusedException>(failure.InnerException);
        Assert.Empty(receiver.All);
    }

    [Fact]
    public async Task Name_ThatChangesItsMindAfterTheCheck_IsNotFollowed()
    {
        await using var receiver = await Receiver.StartAsync();
        var resolver = new FixedResolver("93.184.216.34", "127.0.0.1");
        var guard = new OutboundGuard(s_public, resolver);
        var url = new Uri($"http://rebinding.example:{new Uri(receiver.Url()).Port}/");
        using var http = new HttpClient(guard.CreateHandler());

        Assert.Null(await guard.CheckAsync(url, CancellationToken.None));
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(url));

        Assert.IsType<OutboundRefusedException>(failure.InnerException);
        Assert.Equal(2, resolver.Asked);
        Assert.Empty(receiver.All);
    }

    [Fact]
    public async Task Connection_GoesToTheAddressThatWasChecked_AfterOneQuestion()
    {
        await using var receiver = await Receiver.StartAsync();
        // Allowed to loopback, so that the test can be called: what is pinned is the first answer, whatever the second would be.
        var resolver = new FixedResolver("127.0.0.1", "192.0.2.1");
        using var http = new HttpClient(new OutboundGuard(s_public with { AllowPrivateAddresses = true }, resolver).CreateHandler());

        using var answer = await http.GetAsync(new Uri($"http://pinned.example:{new Uri(receiver.Url()).Port}/"));

        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal(1, resolver.Asked);
        Assert.StartsWith("pinned.example:", receiver.All[0].Headers["Host"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (context, _) =>
        {
            context.Response.Redirect(receiver.Url("/inside"));
            return Task.CompletedTask;
        };
        using var http = new HttpClient(
            new OutboundGuard(s_public with { AllowPrivateAddresses = true }, new SystemHostResolver()).CreateHandler()
        );

        using var answer = await http.GetAsync(new Uri(receiver.Url()));

        Assert.Equal(302, (int)answer.StatusCode);
        Assert.Single(receiver.All);
    }

    [Fact]
    public async Task Check_OfANameThatNobodyKnowsNow_IsLeftToTheConnection()
    {
        Assert.Null(
            await new OutboundGuard(s_public, new FixedResolver()).CheckAsync(new Uri("https://later.example"), CancellationToken.None)
        );
    }

    [Theory]
    [InlineData("93.184.216.34", true)]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("240.0.0.1", false)]
    [InlineData("::", false)]
    [InlineData("::7f00:1", false)]
    [InlineData("64:ff9b::808:808", false)]
    [InlineData("2001::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2002:808:808::", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fec0::1", false)]
    [InlineData("ff02::1", false)]
    public void Is_SaysWhetherAnAddressIsOfThePublicInternet(string address, bool expected) =>
        Assert.Equal(expected, PublicAddress.Is(System.Net.IPAddress.Parse(address)));
}
