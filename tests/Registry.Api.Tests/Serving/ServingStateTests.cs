using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Serving;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Serving;

public sealed class ServingStateTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(30);
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Get_KnownRevision_Is304UntilSomethingChanges()
    {
        var state = (await _host.Registry.GetServingStateAsync(null, TimeSpan.Zero))!;
        Assert.Null(await _host.Registry.GetServingStateAsync(state.Revision, TimeSpan.Zero));

        await PromotedAsync("changes");

        var next = (await _host.Registry.GetServingStateAsync(state.Revision, TimeSpan.Zero))!;
        Assert.True(next.Revision > state.Revision);
        var model = Assert.Single(next.Models, m => m.Model == "changes");
        Assert.Equal(("model.onnx", 1, "production"), (model.ModelFile, model.Version, Assert.Single(model.Aliases)));
        Assert.Equal("x", Assert.Single(model.Inputs).Name);
        Assert.Matches("^[0-9a-f]{64}$", model.Digest);
        Assert.Equal(
            ("changes", 1),
            (
                Assert.Single(next.Endpoints, e => e.Name == "changes").Routes[0].Model,
                next.Endpoints.Single(e => e.Name == "changes").Routes[0].Version
            )
        );
    }

    [Fact]
    public async Task Get_LongPoll_AnswersAtTheChange()
    {
        await PromotedAsync("poll");
        var state = (await _host.Registry.GetServingStateAsync(null, TimeSpan.Zero))!;

        var waiting = _host.Registry.GetServingStateAsync(state.Revision, s_wait);
        await Slipway.Testing.Eventually.TrueAsync(() => _host.Services.GetRequiredService<ServingNotifier>().WaitingCount > 0);
        await _host.Mlflow.SetAliasAsync("poll", "seen", "1");
        var watch = Stopwatch.StartNew();
        var next = await waiting;

        Assert.NotNull(next);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"took {watch.Elapsed}");
    }

    [Fact]
    public async Task Get_LongPoll_SeesChangesOfAnotherReplica()
    {
        await using var other = await RegistryHost.StartOnAsync(_host.ConnectionString, null);
        await PromotedAsync("replica");
        var state = (await _host.Registry.GetServingStateAsync(null, TimeSpan.Zero))!;
        await Slipway.Testing.Eventually.TrueAsync(async () =>
            (await other.Http.GetAsync(new Uri("health/ready", UriKind.Relative))).IsSuccessStatusCode
        );

        var waiting = other.Registry.GetServingStateAsync(state.Revision, s_wait);
        await _host.Mlflow.SetAliasAsync("replica", "seen", "1");

        Assert.True((await waiting)!.Revision > state.Revision);
    }

    [Fact]
    public async Task Get_LongPoll_IsAnsweredWhenTheServiceStops()
    {
        await using var host = await RegistryHost.StartAsync();
        var state = (await host.Registry.GetServingStateAsync(null, TimeSpan.Zero))!;
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/serving-state?waitSeconds=30");
        request.Headers.TryAddWithoutValidation("If-None-Match", $"\"{state.Revision}\"");
        var waiting = host.Http.SendAsync(request);
        var notifier = host.Services.GetRequiredService<ServingNotifier>();
        await Slipway.Testing.Eventually.TrueAsync(() => notifier.WaitingCount == 1);

        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        using var answer = await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.NotModified, answer.StatusCode);
    }

    [Fact]
    public async Task Get_UnvettedVersion_NeverAppears()
    {
        var (_, version) = await _host.RegisterAsync("unvetted", Files.One("model.onnx", [1, 2, 3]));
        await _host.Mlflow.SetAliasAsync("unvetted", "development", "1");
        await _host.VettedAsync("unvetted", version);

        var state = (await _host.Registry.GetServingStateAsync(null, TimeSpan.Zero))!;

        Assert.DoesNotContain(state.Models, m => m.Model == "unvetted");
    }

    [Fact]
    public async Task Get_EqualFiles_HaveEqualDigests()
    {
        await PromotedAsync("same");
        await _host.RegisterAsync("same", Files.Good, new Dictionary<string, double> { ["mae"] = 1 });
        await _host.RegisterAsync(
            "same",
            Files.One("model.onnx", OnnxFile.Identity(output: "z")),
            new Dictionary<string, double> { ["mae"] = 1 }
        );
        await _host.VettedAsync("same", 2);
        await _host.VettedAsync("same", 3);
        await _host.Mlflow.SetAliasAsync("same", "testing", "2");
        await _host.Mlflow.SetAliasAsync("same", "development", "3");

        var models = (await _host.Registry.GetServingStateAsync(null, TimeSpan.Zero))!
            .Models.Where(m => m.Model == "same")
            .ToDictionary(m => m.Version, m => m.Digest);

        Assert.Equal(models[1], models[2]);
        Assert.NotEqual(models[1], models[3]);
    }

    [Theory]
    [InlineData("31")]
    [InlineData("-1")]
    [InlineData("x")]
    public async Task Get_WrongWait_IsRefused(string wait)
    {
        using var response = await _host.Http.GetAsync(new Uri($"api/v1/serving-state?waitSeconds={wait}", UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("\"code\":\"invalid_wait\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task PromotedAsync(string model)
    {
        var (_, version) = await _host.RegisterAsync(model, Files.Good, new Dictionary<string, double> { ["mae"] = 1 });
        Assert.Equal("promoted", (await _host.PromoteAsync(new PromotionRequest { Model = model, Version = version })).Status);
    }
}
