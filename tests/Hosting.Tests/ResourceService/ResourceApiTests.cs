using System.Net;
using System.Net.Http.Json;
using Aspire.Hosting;
using Aspire.Hosting.ResourceService;
using Slipway.Hosting.Tests.Fixtures;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.ResourceService;

public sealed class ResourceApiTests : IAsyncLifetime, IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly HttpClient _client = new();
    private TestApp _app = null!;

    public async Task InitializeAsync()
    {
        var builder = TestApp.Builder(_folder);
        builder.AddExecutable("one", "sh", ".", "-c", "echo first; echo second >&2; exec sleep 600").WithHttpEndpoint();
        _app = await TestApp.StartAsync(builder);
        await _app.WaitUntilReadyAsync();
        _client.BaseAddress = new Uri(_app.Run.ResourcesUrl!);
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task List_Running_ShowsProcessAndUrls()
    {
        var resources = await _client.GetFromJsonAsync("/api/v1/resources", ResourceJsonContext.Default.ListResourceDocument);
        var one = Assert.Single(resources!);
        Assert.Equal(("one", "executable", "Running", "Healthy", 0), (one.Name, one.Type, one.State, one.Health, one.Restarts));
        Assert.Equal(_app.Board.Find("one")!.Pid, one.Pid);
        Assert.NotNull(one.StartedAt);
        Assert.StartsWith("http://localhost:", Assert.Single(one.Urls), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_Tail_GivesTheLastLines()
    {
        await Eventually.TrueAsync(() => _app.Board.Log("one").Tail(10).Count(l => l.Text is "first" or "second") == 2);
        var lines = await _client.GetFromJsonAsync(
            "/api/v1/resources/one/logs?tail=2",
            ResourceJsonContext.Default.IReadOnlyListResourceLogLine
        );
        Assert.Equal([("first", false), ("second", true)], lines!.Select(l => (l.Text, l.Error)).OrderBy(l => l.Text));
    }

    [Theory]
    [InlineData("/api/v1/resources/none/logs", 404, "resource_not_found")]
    [InlineData("/api/v1/resources/one/logs?tail=0", 400, "invalid_tail")]
    [InlineData("/api/v1/resources/one/logs?tail=x", 400, "invalid_tail")]
    [InlineData("/api/v1/resources/one/logs?tail=2001", 400, "invalid_tail")]
    public async Task Logs_Mistake_IsAProblemWithACode(string path, int status, string code)
    {
        using var response = await _client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(status, (int)response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync(ResourceJsonContext.Default.ProblemDocument);
        Assert.Equal(code, problem!.Code);
    }

    [Fact]
    public async Task List_StrangeHostName_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/v1/resources", UriKind.Relative));
        request.Headers.Host = "evil.example";
        using var response = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }
}
