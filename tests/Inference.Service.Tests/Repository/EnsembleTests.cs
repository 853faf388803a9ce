using System.Text.Json.Nodes;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Repository;

public sealed class EnsembleTests : IDisposable
{
    private readonly TempFolder _repository = new();

    public void Dispose() => _repository.Dispose();

    [Theory]
    [InlineData("0")]
    [InlineData("1000000000")]
    public async Task Infer_TwoSteps_RunsOneAfterTheOther(string budget)
    {
        WriteSteps();
        WriteEnsemble("pipe", Step("first", "x", "middle"), Step("second", "middle", "y"));
        await using var host = await RepositoryHost.StartAsync(_repository, "none", ("Inference:Memory:BudgetBytes", budget));

        Assert.Equal("111", await host.InferAsync("pipe"));

        var model = JsonNode.Parse((await host.GetAsync("v2/models/pipe")).Body)!;
        Assert.Equal("ensemble", (string)model["platform"]!);
        Assert.Equal("[-1,1]", model["inputs"]![0]!["shape"]!.ToJsonString());
        foreach (var name in new[] { "pipe", "first", "second" })
        {
            var stats = JsonNode.Parse((await host.GetAsync($"v2/models/{name}/stats")).Body)!["model_stats"]!.AsArray();
            Assert.Equal(1, (int)Assert.Single(stats)!["inference_count"]!);
        }
    }

    [Fact]
    public async Task Infer_WrongInput_IsRefusedAsForAnyModel()
    {
        WriteSteps();
        WriteEnsemble("pipe", Step("first", "x", "middle"), Step("second", "middle", "y"));
        await using var host = await RepositoryHost.StartAsync(_repository, "none");

        var (status, body) = await host.PostAsync(
            "v2/models/pipe/infer",
            "{\"inputs\":[{\"name\":\"middle\",\"shape\":[1,1],\"datatype\":\"FP32\",\"data\":[1]}]}"
        );
        var (tooMany, reason) = await host.PostAsync(
            "v2/models/pipe/infer",
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[5,1],\"datatype\":\"FP32\",\"data\":[1,2,3,4,5]}]}"
        );

        Assert.Equal(400, status);
        Assert.Contains("middle", body, StringComparison.Ordinal);
        Assert.Equal((400, "{\"error\":\"inference request batch-size must be <= 4 for 'pipe'\"}"), (tooMany, reason));
    }

    [Fact]
    public async Task Start_EnsemblesThatCannotWork_SayWhy()
    {
        WriteSteps();
        RepositoryHost.WriteText(_repository, "broken/1/model.onnx", "no model");
        RepositoryHost.WriteModel(_repository, "small/1/model.onnx", 1);
        RepositoryHost.WriteText(_repository, "small/config.pbtxt", "max_batch_size: 2");
        WriteEnsemble("missing", Step("nobody", "x", "y"));
        WriteEnsemble(
            "version",
            "step { model_name: \"first\" model_version: 9 input_map { key: \"x\" value: \"x\" } output_map { key: \"y\" value: \"y\" } }"
        );
        WriteEnsemble("failing", Step("broken", "x", "y"));
        WriteEnsemble("round", Step("about", "x", "y"));
        WriteEnsemble("about", Step("round", "x", "y"));
        WriteEnsemble(
            "tensor",
            "step { model_name: \"first\" model_version: -1 input_map { key: \"nothing\" value: \"x\" } output_map { key: \"y\" value: \"y\" } }"
        );
        WriteEnsemble("unfed", Step("first", "elsewhere", "y"));
        WriteEnsemble("rows", Step("small", "x", "y"));
        RepositoryHost.WriteText(_repository, "stepless/config.pbtxt", "platform: \"ensemble\"");
        Directory.CreateDirectory(Path.Combine(_repository.Path, "stepless/1"));
        await using var host = await RepositoryHost.StartAsync(_repository, "none");

        var reasons = await ReasonsAsync(host);

        Assert.Equal("ensemble 'missing' depends on 'nobody' which is not served", reasons["missing"]);
        Assert.Equal("ensemble 'version' depends on version 9 of 'first' which is not served", reasons["version"]);
        Assert.StartsWith(
            "ensemble 'failing' depends on 'broken' which has no loaded version. Model 'broken' loading failed with error: ",
            reasons["failing"],
            StringComparison.Ordinal
        );
        Assert.Equal("circular dependency between ensembles: round -> about -> round", reasons["round"]);
        Assert.Equal("circular dependency between ensembles: about -> round -> about", reasons["about"]);
        Assert.Contains("gives nothing to the model's input 'x'", reasons["tensor"], StringComparison.Ordinal);
        Assert.Contains("reads 'elsewhere', which nothing gives before it", reasons["unfed"], StringComparison.Ordinal);
        Assert.Contains("only allows maximum batch size to be 2", reasons["rows"], StringComparison.Ordinal);
        Assert.Equal("must specify 'step' for ensemble 'stepless'", reasons["stepless"]);
        Assert.Equal("11", await host.InferAsync("first"));
    }

    [Fact]
    public async Task Load_ModeExplicit_LoadsTheStepsAndFollowsThem()
    {
        WriteSteps();
        WriteEnsemble("pipe", Step("first", "x", "middle"), Step("second", "middle", "y"));
        WriteEnsemble("outer", Step("pipe", "x", "y"));
        await using var host = await RepositoryHost.StartAsync(_repository, "explicit");

        Assert.Equal((200, ""), await host.PostAsync("v2/repository/models/outer/load"));
        Assert.Equal("111", await host.InferAsync("outer"));
        Assert.Equal("11", await host.InferAsync("first"));

        RepositoryHost.WriteModel(_repository, "second/2/model.onnx", 5000);
        Assert.Equal((200, ""), await host.PostAsync("v2/repository/models/second/load"));
        await Eventually.TrueAsync(async () => await host.InferAsync("outer") == "5011");

        RepositoryHost.WriteText(_repository, "second/3/model.onnx", "no model");
        Assert.Equal(400, (await host.PostAsync("v2/repository/models/second/load")).Status);
        Assert.Equal("5011", await host.InferAsync("outer"));
    }

    private static async Task<Dictionary<string, string>> ReasonsAsync(RepositoryHost host)
    {
        Dictionary<string, string> reasons = [];
        await Eventually.TrueAsync(async () =>
        {
            var index = JsonNode.Parse((await host.PostAsync("v2/repository/index")).Body)!.AsArray();
            reasons = index
                .Where(entry => (string)entry!["state"]! == "UNAVAILABLE")
                .ToDictionary(e => (string)e!["name"]!, e => (string)e!["reason"]!);
            return index.All(entry => (string)entry!["state"]! != "LOADING");
        });
        return reasons;
    }

    private static string Step(string model, string from, string to) =>
        $"step {{ model_name: \"{model}\" model_version: -1 input_map {{ key: \"x\" value: \"{from}\" }} output_map {{ key: \"y\" value: \"{to}\" }} }}";

    private void WriteSteps()
    {
        RepositoryHost.WriteModel(_repository, "first/1/model.onnx", 10);
        RepositoryHost.WriteModel(_repository, "second/1/model.onnx", 100);
    }

    private void WriteEnsemble(string name, params string[] steps)
    {
        RepositoryHost.WriteText(
            _repository,
            $"{name}/config.pbtxt",
            "platform: \"ensemble\" max_batch_size: 4 "
                + "input { name: \"x\" data_type: TYPE_FP32 dims: 1 } output { name: \"y\" data_type: TYPE_FP32 dims: 1 } "
                + $"ensemble_scheduling {{ {string.Join(' ', steps)} }}"
        );
        Directory.CreateDirectory(Path.Combine(_repository.Path, name, "1"));
    }
}
