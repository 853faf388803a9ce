using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.ServiceDefaults.Tests.Problems;

public sealed class UnhandledExceptionHandlerTests
{
    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task Handle_BodyIsNotJson_IsInvalidJsonWithThePlace(string environment)
    {
        await using var service = await StartAsync(environment);

        var problem = await PostAsync(service, "{\n  \"name\": \"a\",\n  \"count\": x\n}");

        Assert.Equal(HttpStatusCode.BadRequest, problem.Status);
        Assert.Equal("invalid_json", problem.Text("code"));
        Assert.Equal("$.count", problem.Text("path"));
        Assert.Equal(3, problem.Body.GetProperty("line").GetInt32());
        Assert.Equal(12, problem.Body.GetProperty("column").GetInt32());
        Assert.Equal(400, problem.Body.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task Handle_WrongType_NamesTheMember()
    {
        await using var service = await StartAsync();

        var problem = await PostAsync(service, """{"name":"a","count":"many"}""");

        Assert.Equal(HttpStatusCode.BadRequest, problem.Status);
        Assert.Equal("invalid_json", problem.Text("code"));
        Assert.Equal("$.count", problem.Text("path"));
    }

    [Theory]
    [InlineData("application/json", "", HttpStatusCode.BadRequest, "bad_request")]
    [InlineData("application/json", "{", HttpStatusCode.BadRequest, "invalid_json")]
    [InlineData("text/plain", "{}", HttpStatusCode.UnsupportedMediaType, "unsupported_media_type")]
    public async Task Handle_UnusableBody_KeepsIts4xx(string type, string body, HttpStatusCode status, string code)
    {
        await using var service = await StartAsync();

        var problem = await PostAsync(service, body, type);

        Assert.Equal(status, problem.Status);
        Assert.Equal(code, problem.Text("code"));
    }

    [Fact]
    public async Task Handle_BodyTooLarge_Is413()
    {
        await using var service = await StartAsync();

        var problem = await PostAsync(service, "\"" + new string('x', 2_000) + "\"");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, problem.Status);
        Assert.Equal("body_too_large", problem.Text("code"));
    }

    [Theory]
    [InlineData("GET", "/nowhere", HttpStatusCode.NotFound, "not_found")]
    [InlineData("DELETE", "/things", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    [InlineData("GET", "/things/abc", HttpStatusCode.BadRequest, "bad_request")]
    [InlineData("GET", "/fails", HttpStatusCode.InternalServerError, "internal_error")]
    public async Task Handle_OtherErrors_HaveACodeAndATraceId(string method, string path, HttpStatusCode status, string code)
    {
        await using var service = await StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        var problem = await SendAsync(service, request);

        Assert.Equal(status, problem.Status);
        Assert.Equal(code, problem.Text("code"));
        Assert.NotEmpty(problem.Text("traceId")!);
        Assert.Equal("application/problem+json", problem.MediaType);
        Assert.DoesNotContain("secret-word", problem.Body.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_CallerAcceptsOnlyHtml_StillGetsTheProblem()
    {
        await using var service = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nowhere");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));

        var problem = await SendAsync(service, request);

        Assert.Equal("not_found", problem.Text("code"));
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/json")]
    public async Task Write_ExtensionsOfAnyKind_ArriveWhateverTheCallerAccepts(string accept)
    {
        await using var service = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/conflicts");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));

        var problem = await SendAsync(service, request);

        Assert.Equal(HttpStatusCode.Conflict, problem.Status);
        Assert.Equal("application/problem+json", problem.MediaType);
        Assert.Equal("taken", problem.Text("code"));
        Assert.Equal(2, problem.Body.GetProperty("count").GetInt32());
        Assert.Equal(["a", "b"], problem.Body.GetProperty("names").EnumerateArray().Select(name => name.GetString()));
    }

    [Fact]
    public async Task Handle_ServiceHasAWriterForItsRoutes_UsesItThereAlone()
    {
        await using var service = await StartAsync(configure: b => b.Services.AddSingleton<IProblemDetailsWriter, ErrorWriter>());
        using var own = new HttpRequestMessage(HttpMethod.Get, "/v2/nowhere");
        using var other = new HttpRequestMessage(HttpMethod.Get, "/nowhere");

        var shaped = await SendAsync(service, own);
        var plain = await SendAsync(service, other);

        Assert.Equal("not_found", shaped.Text("error"));
        Assert.Equal("not_found", plain.Text("code"));
    }

    private static Task<TestService> StartAsync(string environment = "Production", Action<WebApplicationBuilder>? configure = null) =>
        TestService.StartAsync(
            b =>
            {
                b.Services.Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(k =>
                    k.Limits.MaxRequestBodySize = 1_000
                );
                configure?.Invoke(b);
            },
            app =>
            {
                app.MapPost("/things", (Thing thing) => thing);
                app.MapGet("/things/{id}", (int id) => id);
                app.MapGet(
                    "/conflicts",
                    () =>
                        TypedResults.Problem(
                            statusCode: StatusCodes.Status409Conflict,
                            extensions: [new("code", "taken"), new("count", 2), new("names", new[] { "a", "b" })]
                        )
                );
                app.MapGet("/fails", string () => throw new InvalidOperationException("secret-word"));
            },
            environment
        );

    private static async Task<Problem> PostAsync(TestService service, string body, string type = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/things") { Content = new StringContent(body, Encoding.UTF8, type) };
        return await SendAsync(service, request);
    }

    private static async Task<Problem> SendAsync(TestService service, HttpRequestMessage request)
    {
        using var response = await service.Client.SendAsync(request);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return new Problem(response.StatusCode, response.Content.Headers.ContentType?.MediaType, json.RootElement.Clone());
    }

    private sealed record Thing(string Name, int Count);

    private sealed record Problem(HttpStatusCode Status, string? MediaType, JsonElement Body)
    {
        internal string? Text(string name) => Body.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    private sealed class ErrorWriter : IProblemDetailsWriter
    {
        public bool CanWrite(ProblemDetailsContext context) => context.HttpContext.Request.Path.StartsWithSegments("/v2");

        public async ValueTask WriteAsync(ProblemDetailsContext context) =>
            await context.HttpContext.Response.WriteAsJsonAsync(new { error = context.ProblemDetails.Extensions["code"] });
    }
}
