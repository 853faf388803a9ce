using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slipway.Testing;

namespace Slipway.ServiceDefaults.Tests.Resilience;

public sealed class ResilienceHandlerTests : IDisposable
{
    private readonly ScriptedHandler _server = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("GET", HttpStatusCode.ServiceUnavailable, 3)]
    [InlineData("GET", HttpStatusCode.BadGateway, 3)]
    [InlineData("PUT", HttpStatusCode.GatewayTimeout, 3)]
    [InlineData("POST", HttpStatusCode.ServiceUnavailable, 3)]
    [InlineData("POST", HttpStatusCode.BadGateway, 1)]
    [InlineData("GET", HttpStatusCode.InternalServerError, 1)]
    [InlineData("GET", HttpStatusCode.NotFound, 1)]
    [InlineData("GET", HttpStatusCode.TooManyRequests, 1)]
    public async Task SendAsync_TwoFailuresThenSuccess_IsTriedAsOftenAsIsSafe(string method, HttpStatusCode failure, int tries)
    {
        _server.Script = n => new HttpResponseMessage(n <= 2 ? failure : HttpStatusCode.OK);
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://registry/x");

        using var response = await RunAsync(CreateClient().SendAsync(request));

        Assert.Equal(tries, _server.Requests.Count);
        Assert.Equal(tries == 1 ? failure : HttpStatusCode.OK, response.StatusCode);
        Assert.All(_server.Requests, uri => Assert.Equal("http://10.0.0.1:5000/x", uri));
    }

    [Fact]
    public async Task SendAsync_PostCannotConnect_IsRetried()
    {
        _server.Script = n => n <= 2 ? throw new HttpRequestException(HttpRequestError.ConnectionError) : new HttpResponseMessage();

        using var response = await RunAsync(CreateClient().PostAsync("http://registry/x", new StringContent("{}")));

        Assert.Equal(3, _server.Requests.Count);
    }

    [Fact]
    public async Task SendAsync_PostFailsHalfWay_IsNotRepeated()
    {
        _server.Script = _ => throw new HttpRequestException(HttpRequestError.ResponseEnded);

        await Assert.ThrowsAsync<HttpRequestException>(() =>
            RunAsync(CreateClient().PostAsync("http://registry/x", new StringContent("{}")))
        );

        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task SendAsync_AlwaysUnavailable_GivesTheLastAnswer()
    {
        _server.Script = _ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);

        using var response = await RunAsync(CreateClient().GetAsync("http://registry/x"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(4, _server.Requests.Count);
    }

    [Fact]
    public async Task SendAsync_RetryAfter_IsWaitedForUpToTheLimit()
    {
        _server.Script = n =>
        {
            var answer = new HttpResponseMessage(n == 1 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
            answer.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromHours(1));
            return answer;
        };
        var send = CreateClient().GetAsync("http://registry/x");
        // The limit of the whole request, and the pause.
        await Eventually.TrueAsync(() => _server.Requests.Count == 1 && _clock.WaitingTimers == 2);

        _clock.Advance(TimeSpan.FromMilliseconds(4_999));
        Assert.False(send.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        using var response = await send;
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task SendAsync_StreamBody_IsSentOnce()
    {
        _server.Script = _ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);

        using var response = await CreateClient().PutAsync("http://registry/x", new StreamContent(new MemoryStream([1])));

        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task SendAsync_RequestOptsOut_IsSentOnceAndStillFindsTheService()
    {
        _server.Script = _ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://registry/x").WithoutResilience();

        using var response = await CreateClient().SendAsync(request);

        Assert.Equal("http://10.0.0.1:5000/x", Assert.Single(_server.Requests));
    }

    [Fact]
    public async Task SendAsync_ClientOptsOut_IsSentOnceAndStillFindsTheService()
    {
        _server.Script = _ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);

        using var response = await CreateClient(client => client.WithoutResilience()).GetAsync("http://registry/x");

        Assert.Equal("http://10.0.0.1:5000/x", Assert.Single(_server.Requests));
    }

    [Fact]
    public async Task SendAsync_NoAnswer_IsTriedAnewAfterTheLimitOfOneTry()
    {
        _server.Hang = n => n == 1;
        _server.Script = _ => new HttpResponseMessage();
        var send = CreateClient().GetAsync("http://registry/x");
        await Eventually.TrueAsync(() => _server.Requests.Count == 1 && _clock.WaitingTimers == 2);

        using var response = await RunAsync(send);

        Assert.Equal(2, _server.Requests.Count);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>Moves the clock by seconds until the request is done.</summary>
    private async Task<HttpResponseMessage> RunAsync(Task<HttpResponseMessage> send)
    {
        await Eventually.TrueAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return send.IsCompleted;
        });
        return await send;
    }

    private HttpClient CreateClient(Action<IHttpClientBuilder>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?> { ["services:registry:http:0"] = "http://10.0.0.1:5000" }
        );
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.AddServiceDefaults("tested");
        var client = builder.Services.AddHttpClient("tested").ConfigurePrimaryHttpMessageHandler(() => _server);
        configure?.Invoke(client);
        return builder.Build().Services.GetRequiredService<IHttpClientFactory>().CreateClient("tested");
    }

    private sealed class ScriptedHandler : HttpMessageHandler
    {
        internal List<string> Requests { get; } = [];

        internal Func<int, HttpResponseMessage> Script { get; set; } = _ => new HttpResponseMessage();

        internal Func<int, bool> Hang { get; set; } = _ => false;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add(request.RequestUri!.ToString());
            if (Hang(Requests.Count))
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            return Script(Requests.Count);
        }
    }
}
