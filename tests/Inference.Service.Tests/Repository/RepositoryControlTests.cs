using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Repository;

public sealed class RepositoryControlTests : IDisposable
{
    private readonly TempFolder _repository = new();

    public void Dispose() => _repository.Dispose();

    [Fact]
    public async Task Start_ModeNone_ServesEveryGoodModelAndSaysWhyNotTheOthers()
    {
        RepositoryHost.WriteModel(_repository, "good/1/model.onnx", 10);
        RepositoryHost.WriteModel(_repository, "good/2/model.onnx", 20);
        RepositoryHost.WriteText(_repository, "broken/1/model.onnx", "no model");
        RepositoryHost.WriteText(_repository, "wrong/config.pbtxt", "backend: \"python\"");
        await using var host = await RepositoryHost.StartAsync(_repository, "none");

        Assert.Equal("21", await host.InferAsync("good"));
        Assert.Contains("good", (await host.PostAsync("v2/models/good/versions/1/infer", "{}")).Body, StringComparison.Ordinal);
        var index = JsonNode.Parse((await host.PostAsync("v2/repository/index")).Body)!.AsArray();
        Assert.Equal(["broken", "good", "wrong"], index.Select(entry => (string)entry!["name"]!));
        Assert.Equal(["UNAVAILABLE", "READY", "UNAVAILABLE"], index.Select(entry => (string)entry!["state"]!));
        Assert.Equal("2", (string)index[1]!["version"]!);
        Assert.Contains("unable to find backend 'python'", (string)index[2]!["reason"]!, StringComparison.Ordinal);
        Assert.Single(JsonNode.Parse((await host.PostAsync("v2/repository/index", "{\"ready\":true}")).Body)!.AsArray());
        Assert.Equal(
            (503, "{\"error\":\"explicit model load / unload is not allowed\"}"),
            await host.PostAsync("v2/repository/models/good/unload")
        );
    }

    [Fact]
    public async Task Load_ModeExplicit_ReplacesAndUnloads()
    {
        RepositoryHost.WriteModel(_repository, "m/1/model.onnx", 1);
        RepositoryHost.WriteModel(_repository, "other/1/model.onnx", 5);
        await using var host = await RepositoryHost.StartAsync(_repository, "explicit", ("Inference:Repository:LoadModels:0", "other"));

        Assert.Equal("6", await host.InferAsync("other"));
        Assert.Contains("Request for unknown model", await host.InferAsync("m"), StringComparison.Ordinal);
        Assert.Equal((200, ""), await host.PostAsync("v2/repository/models/m/load"));
        Assert.Equal("2", await host.InferAsync("m"));

        RepositoryHost.WriteModel(_repository, "m/3/model.onnx", 3);
        Assert.Equal("2", await host.InferAsync("m"));
        Assert.Equal((200, ""), await host.PostAsync("v2/repository/models/m/load", "{}"));
        Assert.Equal("4", await host.InferAsync("m"));

        RepositoryHost.WriteText(_repository, "m/3/model.onnx", "no model any more");
        var (status, body) = await host.PostAsync("v2/repository/models/m/load");
        Assert.Equal(400, status);
        Assert.Contains("load failed for model 'm': version 3 is at UNAVAILABLE state", body, StringComparison.Ordinal);
        Assert.Equal("4", await host.InferAsync("m"));

        Assert.Equal((200, ""), await host.PostAsync("v2/repository/models/m/unload"));
        Assert.Contains("Request for unknown model", await host.InferAsync("m"), StringComparison.Ordinal);
        var index = JsonNode.Parse((await host.PostAsync("v2/repository/index")).Body)!.AsArray();
        Assert.Equal("UNAVAILABLE unloaded", $"{index[0]!["state"]} {index[0]!["reason"]}");
        Assert.Equal((200, ""), await host.PostAsync("v2/repository/models/m/unload"));
    }

    [Theory]
    [InlineData("v2/repository/models/unknown/load", "failed to load 'unknown', failed to poll from model repository")]
    [InlineData("v2/repository/models/unknown/unload", "failed to unload 'unknown', failed to poll from model repository")]
    [InlineData("v2/repository/models/..%5Cm/load", "failed to load '..\\m', model name must not contain path traversal characters")]
    public async Task Load_UnknownModel_IsAClearError(string path, string expected)
    {
        await using var host = await RepositoryHost.StartAsync(_repository, "explicit");

        var (status, body) = await host.PostAsync(path);

        Assert.Equal(400, status);
        Assert.Equal(expected, (string)JsonNode.Parse(body)!["error"]!);
    }

    [Theory]
    [InlineData("[]", "the request's body must be a JSON object")]
    [InlineData("{", "failed to parse the request JSON buffer")]
    [InlineData("{\"parameters\":3}", "'parameters' must be an object")]
    [InlineData("{\"parameters\":{\"config\":{}}}", "parameter 'config' must be a string that holds JSON")]
    [InlineData("{\"parameters\":{\"file:1/model.onnx\":\"$\"}}", "parameter 'file:1/model.onnx' must be a string in base64")]
    [InlineData("{\"parameters\":{\"file:1/model.onnx\":\"aaaa\"}}", "without a 'config' parameter")]
    [InlineData("{\"parameters\":{\"config\":\"{}\",\"file:../model.onnx\":\"aaaa\"}}", "is no path inside the model's folder")]
    [InlineData("{\"parameters\":{\"config\":\"nothing\"}}", "failed to parse the model configuration")]
    [InlineData("{\"parameters\":{\"config\":\"{\\\"max_batch_size\\\":3}\"}}", "")]
    public async Task Load_Parameters_AreCheckedAndTaken(string json, string expected)
    {
        RepositoryHost.WriteModel(_repository, "m/1/model.onnx", 1);
        await using var host = await RepositoryHost.StartAsync(_repository, "explicit");

        var (status, body) = await host.PostAsync("v2/repository/models/m/load", json);

        Assert.Equal(expected.Length == 0 ? 200 : 400, status);
        Assert.Contains(expected, body.Length == 0 ? "" : (string)JsonNode.Parse(body)!["error"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("is longer than the 255 bytes of a name", 256, 1)]
    [InlineData("is longer than the 255 bytes of a name", 2, 2000)]
    [InlineData("or the 2048 bytes of a path", 200, 1, 11)]
    public async Task Load_NamesOfFilesTooLong_AreRefused(string expected, int length, int repeats, int parts = 1)
    {
        await using var host = await RepositoryHost.StartAsync(_repository, "explicit");
        var name = string.Join('/', Enumerable.Repeat(string.Concat(Enumerable.Repeat(new string('l', length), repeats)), parts));
        var json = JsonSerializer.Serialize(
            new { parameters = new Dictionary<string, string> { ["config"] = "{}", [$"file:1/{name}"] = "aaaa" } }
        );

        var (status, body) = await host.PostAsync("v2/repository/models/m/load", json);

        Assert.Equal(400, status);
        Assert.Contains(expected, (string)JsonNode.Parse(body)!["error"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", "1/model.onnx")]
    [InlineData("1/model.onnx", "1")]
    public async Task Load_FileThatIsAFolderToo_IsRefused(string first, string second)
    {
        await using var host = await RepositoryHost.StartAsync(_repository, "explicit");
        var json = JsonSerializer.Serialize(
            new
            {
                parameters = new Dictionary<string, string>
                {
                    ["config"] = "{}",
                    [$"file:{first}"] = "aaaa",
                    [$"file:{second}"] = "aaaa",
                },
            }
        );

        var (status, body) = await host.PostAsync("v2/repository/models/m/load", json);

        Assert.Equal(400, status);
        Assert.Contains("a file and a folder at the same time", (string)JsonNode.Parse(body)!["error"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_FilesOfTheRequest_TakeThePlaceOfTheFolder()
    {
        RepositoryHost.WriteModel(_repository, "m/1/model.onnx", 1);
        await using var host = await RepositoryHost.StartAsync(_repository, "explicit", ("Inference:Repository:LoadModels:0", "*"));
        var content = Convert.ToBase64String(RepositoryHost.AddModel(7));
        var request = JsonSerializer.Serialize(
            new { parameters = new Dictionary<string, string> { ["config"] = "{\"name\":\"m\"}", ["file:9/model.onnx"] = content } }
        );

        Assert.Equal((200, ""), await host.PostAsync("v2/repository/models/m/load", request));

        Assert.Equal("8", await host.InferAsync("m"));
        Assert.Equal("8", await host.InferAsync("m/versions/9"));
        Assert.Equal((200, ""), await host.PostAsync("v2/repository/models/m/load"));
        Assert.Equal("2", await host.InferAsync("m"));
    }

    [Fact]
    public async Task Poll_ChangedFolders_AreServedAndGoneOnesAreNot()
    {
        RepositoryHost.WriteModel(_repository, "m/1/model.onnx", 1);
        RepositoryHost.WriteModel(_repository, "gone/1/model.onnx", 1);
        await using var host = await RepositoryHost.StartAsync(_repository, "poll", ("Inference:Repository:PollInterval", "00:00:00.100"));
        Assert.Equal("2", await host.InferAsync("m"));

        RepositoryHost.WriteModel(_repository, "m/2/model.onnx", 2);
        RepositoryHost.WriteModel(_repository, "new/1/model.onnx", 4);
        Directory.Delete(Path.Combine(_repository.Path, "gone"), recursive: true);

        await Eventually.TrueAsync(async () => await host.InferAsync("m") == "3" && await host.InferAsync("new") == "5");
        await Eventually.TrueAsync(async () =>
            (await host.InferAsync("gone")).Contains("Request for unknown model", StringComparison.Ordinal)
        );
        Assert.Equal(503, (await host.PostAsync("v2/repository/models/m/load")).Status);
    }

    [Fact]
    public async Task Config_MaxBatchSizeAndLabels_BindRequestsAndClasses()
    {
        RepositoryHost.WriteModel(_repository, "m/1/model.onnx", 1);
        RepositoryHost.WriteText(_repository, "m/labels.txt", "only\n");
        RepositoryHost.WriteText(
            _repository,
            "m/config.pbtxt",
            "max_batch_size: 2 output { name: \"y\" data_type: TYPE_FP32 dims: [ 1 ] label_filename: \"labels.txt\" }"
        );
        await using var host = await RepositoryHost.StartAsync(_repository, "none");

        var three = "{\"inputs\":[{\"name\":\"x\",\"shape\":[3,1],\"datatype\":\"FP32\",\"data\":[1,2,3]}]}";
        Assert.Equal(
            (400, "{\"error\":\"inference request batch-size must be <= 2 for 'm'\"}"),
            await host.PostAsync("v2/models/m/infer", three)
        );
        var classes =
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,1],\"datatype\":\"FP32\",\"data\":[1]}],"
            + "\"outputs\":[{\"name\":\"y\",\"parameters\":{\"classification\":1}}]}";
        Assert.Contains("\"2.000000:0:only\"", (await host.PostAsync("v2/models/m/infer", classes)).Body, StringComparison.Ordinal);
        var config = JsonNode.Parse((await host.GetAsync("v2/models/m/config")).Body)!;
        Assert.Equal(2, (int)config["max_batch_size"]!);
        Assert.Equal(1, (int)config["input"]![0]!["dims"]![0]!);
    }

    [Fact]
    public async Task Config_ThatContradictsTheGraph_IsTheReasonInTheIndex()
    {
        RepositoryHost.WriteModel(_repository, "m/1/model.onnx", 1);
        RepositoryHost.WriteText(_repository, "m/config.pbtxt", "input { name: \"z\" data_type: TYPE_FP32 dims: [ 1 ] }");
        await using var host = await RepositoryHost.StartAsync(_repository, "none");

        var entry = JsonNode.Parse((await host.PostAsync("v2/repository/index")).Body)![0]!;

        Assert.Equal("UNAVAILABLE", (string)entry["state"]!);
        Assert.Contains("unexpected inference input 'z'", (string)entry["reason"]!, StringComparison.Ordinal);
    }
}
