using System.Net;
using Slipway.Contracts.Http;
using Slipway.Contracts.Mlflow;
using Slipway.Testing;

namespace Slipway.Contracts.Tests.Mlflow;

/// <summary>The client for MLflow servers outside: what it shows of its user, and when it repeats a request.</summary>
public sealed class MlflowClientOptionsTests
{
    [Theory]
    [InlineData("ada", "s:cret", null, "Basic YWRhOnM6Y3JldA==")]
    [InlineData("ada", "s:cret", "token", "Bearer token")]
    [InlineData(null, null, null, null)]
    public async Task Request_Credentials_AreInTheHeader(string? user, string? password, string? token, string? header)
    {
        var handler = new AnsweringHandler(HttpStatusCode.OK);
        using var http = Options(user, password, token).CreateHttpClient(handler);

        await new MlflowClient(http).DeleteRunAsync("r");

        Assert.Equal(header, Assert.Single(handler.Headers));
        Assert.Equal("http://mlflow.test/base/api/2.0/mlflow/runs/delete", Assert.Single(handler.Addresses));
    }

    [Fact]
    public async Task Request_AnsweredWithRetryAfter_IsRepeatedThen()
    {
        var clock = new ManualClock();
        var handler = new AnsweringHandler(HttpStatusCode.ServiceUnavailable, HttpStatusCode.TooManyRequests, HttpStatusCode.OK)
        {
            RetryAfter = TimeSpan.FromSeconds(3),
        };
        using var http = Options().CreateHttpClient(handler, clock);

        var call = new MlflowClient(http).DeleteRunAsync("r");
        for (var repeat = 0; repeat < 2; repeat++)
        {
            var sent = repeat + 1;
            await Eventually.TrueAsync(() => handler.Headers.Count == sent && clock.WaitingTimers > 0);
            clock.Advance(TimeSpan.FromSeconds(3));
        }

        await call;
        Assert.Equal(3, handler.Headers.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.NotImplemented)]
    public async Task Request_Refused_IsNotRepeated(HttpStatusCode status)
    {
        var handler = new AnsweringHandler(status);
        using var http = Options().CreateHttpClient(handler);

        var refusal = await Assert.ThrowsAsync<ApiException>(() => new MlflowClient(http).DeleteRunAsync("r"));

        Assert.Equal((status, "CODE"), (refusal.Status, refusal.Code));
        Assert.Single(handler.Headers);
    }

    [Fact]
    public async Task Upload_Refused_IsSentOnce()
    {
        var handler = new AnsweringHandler(HttpStatusCode.ServiceUnavailable);
        using var http = Options().CreateHttpClient(handler);
        using var content = new MemoryStream([1, 2, 3]);

        await Assert.ThrowsAsync<ApiException>(() => new MlflowClient(http).UploadArtifactToPathAsync("a", content));

        Assert.Single(handler.Headers);
    }

    private static MlflowClientOptions Options(string? user = null, string? password = null, string? token = null) =>
        new()
        {
            TrackingUri = new Uri("http://mlflow.test/base"),
            UserName = user,
            Password = password,
            Token = token,
        };

    private sealed class AnsweringHandler(params HttpStatusCode[] answers) : HttpMessageHandler
    {
        public List<string?> Headers { get; } = [];

        public List<string> Addresses { get; } = [];

        public TimeSpan? RetryAfter { get; init; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var status = answers[Math.Min(Headers.Count, answers.Length - 1)];
            Headers.Add(request.Headers.Authorization?.ToString());
            Addresses.Add(request.RequestUri!.ToString());
            var response = new HttpResponseMessage(status)
            {
                Content = new StringContent(status == HttpStatusCode.OK ? "{}" : """{"error_code":"CODE","message":"no"}"""),
                RequestMessage = request,
            };
            response.Headers.RetryAfter = RetryAfter is { } delta ? new(delta) : null;
            return Task.FromResult(response);
        }
    }
}
