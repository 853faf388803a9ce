using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Serving;
using Slipway.Registry.Api.Serving;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Serving;

/// <summary>The tag <c>slipway.config</c> on its way into the serving state.</summary>
public sealed class ConfigurationTagTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private const string Tag = "slipway.config";
    private const string Json = """{"max_batch_size": 8}""";
    private const string Text = "max_batch_size: 16\ndynamic_batching { max_queue_delay_microseconds: 100 }";
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task SetTag_OfAServedVersion_IsServedUnderANewRevisionUntilDeleted()
    {
        await ServedAsync("tuned");
        var before = await StateAsync();
        Assert.Null(Served(before, "tuned").Configuration);

        await _host.Mlflow.SetModelVersionTagAsync("tuned", "1", Tag, Json);
        var set = await StateAsync();
        await _host.Mlflow.SetModelVersionTagAsync("tuned", "1", Tag, Text);
        var changed = await StateAsync();
        await _host.Mlflow.DeleteModelVersionTagAsync("tuned", "1", Tag);
        var deleted = await StateAsync();

        Assert.Equal([Json, Text, null], new[] { set, changed, deleted }.Select(state => Served(state, "tuned").Configuration));
        Assert.True(before.Revision < set.Revision && set.Revision < changed.Revision && changed.Revision < deleted.Revision);
        Assert.Equal(Served(before, "tuned").Digest, Served(set, "tuned").Digest);
        var entries = (await _host.Registry.GetAuditAsync(new AuditQuery { Object = "models/tuned/versions/1" })).Entries;
        Assert.Equal(
            ["model_version_tag.deleted", "model_version_tag.set", "model_version_tag.set"],
            entries.Select(e => e.Action).Where(action => action.StartsWith("model_version_tag", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task SetTag_OfAServedVersion_AnswersWhoWaits()
    {
        await ServedAsync("awaited");
        var state = await StateAsync();

        var waiting = _host.Registry.GetServingStateAsync(state.Revision, TimeSpan.FromSeconds(30));
        await Eventually.TrueAsync(() => _host.Services.GetRequiredService<ServingNotifier>().WaitingCount > 0);
        await _host.Mlflow.SetModelVersionTagAsync("awaited", "1", Tag, Json);

        Assert.Equal(Json, Served((await waiting)!, "awaited").Configuration);
    }

    [Fact]
    public async Task SetTag_ThatChangesNothingServed_KeepsTheRevision()
    {
        await ServedAsync("still");
        await _host.Mlflow.SetModelVersionTagAsync("still", "1", Tag, Json);
        var state = await StateAsync();

        await _host.Mlflow.SetModelVersionTagAsync("still", "1", Tag, Json);
        await _host.Mlflow.SetModelVersionTagAsync("still", "1", "owner", "ann");
        await _host.Mlflow.DeleteModelVersionTagAsync("still", "1", "owner");
        await _host.Mlflow.SetRegisteredModelTagAsync("still", Tag, "of the model, which is not a configuration");

        Assert.Null(await _host.Registry.GetServingStateAsync(state.Revision, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("""{"max_batch_size": """)]
    [InlineData("""{"max_batch_size": 8} {}""")]
    [InlineData("""["max_batch_size"]""")]
    [InlineData("\"max_batch_size\"")]
    [InlineData("8")]
    public async Task SetTag_NoConfiguration_IsRefusedAndKeepsTheOld(string value)
    {
        var version = await VettedAsync("kept");
        await _host.Mlflow.SetModelVersionTagAsync("kept", $"{version}", Tag, Json);

        var (status, body) = await _host.PostAsync("model-versions/set-tag", SetTag("kept", version, value));

        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, (string?)body["error_code"]));
        Assert.StartsWith("The tag 'slipway.config' is not a model configuration: ", (string?)body["message"], StringComparison.Ordinal);
        Assert.Equal(Json, (await _host.Registry.FindVersionAsync("kept", version))!.Tags[Tag]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \n { } ")]
    [InlineData("# the usual\nmax_batch_size: 4")]
    public async Task SetTag_OtherForms_AreTakenAsTheyAre(string value)
    {
        var version = await VettedAsync("forms");

        var (status, _) = await _host.PostAsync("model-versions/set-tag", SetTag("forms", version, value));

        Assert.Equal(200, status);
        Assert.Equal(value, (await _host.Registry.FindVersionAsync("forms", version))!.Tags[Tag]);
    }

    [Fact]
    public async Task Create_WithTheTag_IsCheckedAndServed()
    {
        await VettedAsync("born");

        var (refused, body) = await _host.PostAsync("model-versions/create", Create("born", "{"));
        var (created, _) = await _host.PostAsync("model-versions/create", Create("born", Text));

        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (refused, (string?)body["error_code"]));
        Assert.Equal(200, created);
        Assert.Equal([1, 2], (await _host.Registry.FindModelAsync("born"))!.Versions.Select(v => v.Version).Order());
        await _host.VettedAsync("born", 2);
        await _host.Mlflow.SetAliasAsync("born", "production", "2");
        Assert.Equal(Text, Served(await StateAsync(), "born").Configuration);
    }

    private static string SetTag(string model, int version, string value) =>
        JsonSerializer.Serialize(
            new
            {
                name = model,
                version = $"{version}",
                key = Tag,
                value,
            }
        );

    private static string Create(string model, string configuration) =>
        new JsonObject
        {
            ["name"] = model,
            ["source"] = $"models:/{model}/1",
            ["tags"] = new JsonArray(new JsonObject { ["key"] = Tag, ["value"] = configuration }),
        }.ToJsonString();

    private static ServedModelVersion Served(ServingState state, string model) => Assert.Single(state.Models, m => m.Model == model);

    private async Task<ServingState> StateAsync() => (await _host.Registry.GetServingStateAsync(null, TimeSpan.Zero))!;

    private async Task ServedAsync(string model)
    {
        await VettedAsync(model);
        await _host.Mlflow.SetAliasAsync(model, "production", "1");
    }

    // The end of a vetting raises the revision as well: none may end while a test compares revisions.
    private async Task<int> VettedAsync(string model)
    {
        var (_, version) = await _host.RegisterAsync(model, Files.Good);
        await _host.VettedAsync(model, version);
        return version;
    }
}
