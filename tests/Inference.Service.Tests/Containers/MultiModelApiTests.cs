using System.Text.Json.Nodes;
using Slipway.Inference.Service.Serving;
using Slipway.Inference.Service.Tests.Repository;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Containers;

public sealed class MultiModelApiTests : IDisposable
{
    private const string Rows = "{\"inputs\":[[1]]}";
    private readonly TempFolder _models = new();

    public void Dispose() => _models.Dispose();

    [Fact]
    public async Task Models_LoadedListedInvokedAndDeleted_AsThePlatformAsks()
    {
        RepositoryHost.WriteModel(_models, "aa/model/any/1/model.onnx", 10);
        RepositoryHost.WriteText(_models, "aa/model/any/config.pbtxt", "name: \"any\"");
        RepositoryHost.WriteModel(_models, "bb/model/model.onnx", 20);
        await using var host = await StartAsync();
        Assert.Equal((200, "{\"models\":[]}"), await host.GetAsync("models"));

        Assert.Equal((200, ""), await LoadAsync(host, "first", "aa/model"));
        Assert.Equal((200, ""), await LoadAsync(host, "second", "bb/model"));
        Assert.Equal(409, (await LoadAsync(host, "first", "aa/model")).Status);

        Assert.Equal((200, "{\"predictions\":{\"y\":[[11.0]]}}"), await InvokeAsync(host, "first"));
        Assert.Equal((200, "{\"predictions\":{\"y\":[[21.0]]}}"), await InvokeAsync(host, "second"));
        Assert.Equal(404, (await InvokeAsync(host, "third")).Status);
        Assert.Equal(404, (await host.GetAsync("models/third")).Status);
        var model = JsonNode.Parse((await host.GetAsync("models/first")).Body)!;
        Assert.Equal("first", (string)model["modelName"]!);
        Assert.Equal(Path.Combine(_models.Path, "aa/model"), (string)model["modelUrl"]!);
        var list = JsonNode.Parse((await host.GetAsync("models")).Body)!;
        Assert.Equal(["first", "second"], list["models"]!.AsArray().Select(entry => (string)entry!["modelName"]!));
        Assert.Null(list["nextPageToken"]);

        Assert.Equal(200, (await DeleteAsync(host, "first")).Status);
        Assert.Equal(404, (await DeleteAsync(host, "first")).Status);
        Assert.Equal(404, (await InvokeAsync(host, "first")).Status);
        Assert.Equal((200, ""), await LoadAsync(host, "first", "aa/model"));
        Assert.Equal((200, "{\"predictions\":{\"y\":[[11.0]]}}"), await InvokeAsync(host, "first"));
    }

    [Fact]
    public async Task List_ManyModels_ComesInPages()
    {
        RepositoryHost.WriteModel(_models, "m/model.onnx", 1);
        await using var host = await StartAsync();
        for (var i = 0; i < 103; i++)
        {
            Assert.Equal(200, (await LoadAsync(host, $"m{i:000}", "m")).Status);
        }

        var first = JsonNode.Parse((await host.GetAsync("models")).Body)!;
        var second = JsonNode.Parse((await host.GetAsync($"models?next_page_token={first["nextPageToken"]}")).Body)!;

        Assert.Equal((100, 3), (first["models"]!.AsArray().Count, second["models"]!.AsArray().Count));
        Assert.Equal("m100", (string)second["models"]![0]!["modelName"]!);
        Assert.Null(second["nextPageToken"]);
    }

    [Fact]
    public async Task Load_NoMemoryLeft_Is507UntilAnotherIsUnloaded()
    {
        for (var i = 0; i < 2; i++)
        {
            RepositoryHost.WriteModel(_models, $"m{i}/model.onnx", i);
            // Counts as a file of the model, and so large that nothing that other tests allocate matters beside it.
            RepositoryHost.WriteBytes(_models, $"m{i}/more", new byte[16 << 20]);
        }
        await using var host = await StartAsync(
            // Room for one opening, and not for another beside what is open.
            ("Inference:Memory:BudgetBytes", $"{32 << 20}"),
            ("Inference:Memory:MemoryWait", "00:00:00")
        );
        Assert.Equal((200, ""), await LoadAsync(host, "one", "m0"));

        var (status, body) = await LoadAsync(host, "two", "m1");

        Assert.Equal(507, status);
        Assert.Contains("memory", body, StringComparison.Ordinal);
        Assert.Equal(200, (await InvokeAsync(host, "one")).Status);
        Assert.Equal(404, (await InvokeAsync(host, "two")).Status);
        Assert.Equal(200, (await DeleteAsync(host, "one")).Status);
        await Eventually.TrueAsync(() => host.Get<ModelMemory>().Residency!.UsedBytes == 0);
        Assert.Equal((200, ""), await LoadAsync(host, "two", "m1"));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/etc")]
    [InlineData("nothing")]
    [InlineData("link")]
    [InlineData("link/inner")]
    [InlineData("empty")]
    [InlineData(".")]
    public async Task Load_FolderThatMayNotBe_IsRefused(string url)
    {
        using var outside = new TempFolder();
        RepositoryHost.WriteModel(outside, "inner/model.onnx", 1);
        Directory.CreateSymbolicLink(Path.Combine(_models.Path, "link"), outside.Path);
        Directory.CreateDirectory(Path.Combine(_models.Path, "empty"));
        await using var host = await StartAsync();

        Assert.Equal(400, (await LoadAsync(host, "m", url)).Status);
        Assert.Equal((200, "{\"models\":[]}"), await host.GetAsync("models"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"model_name\":\"m\"}")]
    [InlineData("{\"model_name\":\"\",\"url\":\"m\"}")]
    [InlineData("{\"model_name\":\"../m\",\"url\":\"m\"}")]
    public async Task Load_BodyOfAnotherForm_IsRefused(string body)
    {
        RepositoryHost.WriteModel(_models, "m/model.onnx", 1);
        await using var host = await StartAsync();

        Assert.Equal(400, (await host.PostAsync("models", body)).Status);
    }

    [Fact]
    public async Task Models_NotSwitchedOn_AreNoRoute()
    {
        RepositoryHost.WriteModel(_models, "m/1/model.onnx", 1);
        await using var host = await RepositoryHost.StartAsync(_models, "none");

        Assert.Equal(404, (await host.GetAsync("models")).Status);
    }

    private Task<RepositoryHost> StartAsync(params (string Key, string Value)[] settings) =>
        RepositoryHost.StartAsync(_models, "explicit", [.. settings, ("Inference:Container:MultiModelFolder", _models.Path)]);

    private Task<(int Status, string Body)> LoadAsync(RepositoryHost host, string name, string url) =>
        host.PostAsync("models", new JsonObject { ["model_name"] = name, ["url"] = Path.Combine(_models.Path, url) }.ToJsonString());

    private static Task<(int Status, string Body)> InvokeAsync(RepositoryHost host, string name) =>
        host.PostAsync($"models/{name}/invoke", Rows);

    private static async Task<(int Status, string Body)> DeleteAsync(RepositoryHost host, string name)
    {
        using var response = await host.Client.DeleteAsync(new Uri($"models/{name}", UriKind.Relative));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
