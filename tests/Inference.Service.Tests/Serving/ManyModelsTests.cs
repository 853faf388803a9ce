using System.Text.Json.Nodes;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Service.Serving;
using Slipway.Inference.Service.Tests.Repository;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Serving;

public sealed class ManyModelsTests : IDisposable
{
    private const long BudgetBytes = 12L << 20;
    private readonly TempFolder _repository = new();

    public void Dispose() => _repository.Dispose();

    [Fact]
    public async Task Infer_ManyAtOnceForAColdModel_LoadItOnce()
    {
        RepositoryHost.WriteModel(_repository, "m/1/model.onnx", 1);
        await using var host = await StartAsync(("Inference:Memory:BudgetBytes", $"{BudgetBytes}"));
        Assert.Equal(200, (await host.GetAsync("v2/models/m/ready")).Status);

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => host.InferAsync("m")));

        Assert.All(answers, answer => Assert.Equal("2", answer));
        Assert.Equal(1, host.Get<ModelMemory>().Residency!.ResidentCount);
        var stats = JsonNode.Parse((await host.GetAsync("v2/models/m/stats")).Body)!["model_stats"]!.AsArray();
        Assert.Equal(32, (int)Assert.Single(stats)!["inference_count"]!);
    }

    [Fact]
    public async Task Metadata_OfAColdModel_LoadsIt()
    {
        RepositoryHost.WriteModel(_repository, "m/1/model.onnx", 1);
        await using var host = await StartAsync(("Inference:Memory:BudgetBytes", $"{BudgetBytes}"));

        Assert.Equal(200, (await host.GetAsync("metrics")).Status);
        Assert.Contains("\"x\"", (await host.GetAsync("v1/models/m/metadata")).Body, StringComparison.Ordinal);
        var (status, body) = await host.GetAsync("v2/models/m");

        Assert.Equal(200, status);
        Assert.Equal("x", (string)JsonNode.Parse(body)!["inputs"]![0]!["name"]!);
        Assert.Equal(200, (await host.GetAsync("v2/models/m/config")).Status);
    }

    [Fact]
    public async Task Infer_BrokenModelAmongGoodOnes_IsUnavailableAlone()
    {
        RepositoryHost.WriteModel(_repository, "good/1/model.onnx", 1);
        RepositoryHost.WriteText(_repository, "broken/1/model.onnx", "no model");
        await using var host = await StartAsync(("Inference:Memory:BudgetBytes", $"{BudgetBytes}"));

        var (status, body) = await host.PostAsync("v2/models/broken/infer", "{}");

        Assert.Equal(503, status);
        Assert.Contains("could not be loaded", body, StringComparison.Ordinal);
        Assert.Equal("2", await host.InferAsync("good"));
        var index = JsonNode.Parse((await host.PostAsync("v2/repository/index")).Body)!.AsArray();
        Assert.Equal(["UNAVAILABLE", "READY"], index.Select(entry => (string)entry!["state"]!));
    }

    [Fact]
    public async Task Infer_ModelLargerThanTheBudget_IsRefusedWithTheNumbers()
    {
        RepositoryHost.WriteModel(_repository, "m/1/model.onnx", 1);
        await using var host = await StartAsync(("Inference:Memory:BudgetBytes", "1000"));

        var (status, body) = await host.PostAsync("v2/models/m/infer", "{}");

        Assert.Equal(503, status);
        Assert.Contains("more than the 1000 bytes that all models may have together", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_EqualBytesOpenedInAnotherWay_AreCountedTwice()
    {
        RepositoryHost.WriteModel(_repository, "one/1/model.onnx", 1);
        RepositoryHost.WriteModel(_repository, "same/1/model.onnx", 1);
        RepositoryHost.WriteModel(_repository, "other/1/model.onnx", 1);
        RepositoryHost.WriteText(_repository, "other/config.pbtxt", "instance_group { kind: KIND_CPU }");
        await using var host = await StartAsync(("Inference:Memory:BudgetBytes", $"{BudgetBytes}"));
        var residency = host.Get<ModelMemory>().Residency!;

        Assert.Equal("2", await host.InferAsync("one"));
        var bytes = residency.UsedBytes;
        Assert.Equal("2", await host.InferAsync("same"));
        Assert.Equal((bytes, 1), (residency.UsedBytes, host.Get<SessionPool>().Count));
        Assert.Equal("2", await host.InferAsync("other"));

        Assert.Equal((3, 2), (residency.ResidentCount, host.Get<SessionPool>().Count));
        Assert.InRange(residency.UsedBytes, bytes + 1, BudgetBytes);
    }

    [Fact]
    public async Task Infer_ConfigurationThatMakesNoSense_IsUnavailableAloneAndTakesNoMemory()
    {
        RepositoryHost.WriteModel(_repository, "good/1/model.onnx", 1);
        RepositoryHost.WriteModel(_repository, "bad/1/model.onnx", 1);
        RepositoryHost.WriteText(_repository, "bad/config.pbtxt", "instance_group { kind: KIND_GPU gpus: [0, 1] }");
        await using var host = await StartAsync(("Inference:Memory:BudgetBytes", $"{BudgetBytes}"));

        var (status, body) = await host.PostAsync("v2/models/bad/infer", "{}");

        Assert.Equal((503, 0L), (status, host.Get<ModelMemory>().Residency!.UsedBytes));
        Assert.Contains("names one GPU", body, StringComparison.Ordinal);
        Assert.Equal("2", await host.InferAsync("good"));
    }

    [Fact]
    public async Task Start_PinnedModel_IsLoadedAndStaysWhileOthersCome()
    {
        for (var i = 0; i < 40; i++)
        {
            RepositoryHost.WriteModel(_repository, $"m{i}/1/model.onnx", i);
        }
        await using var host = await StartAsync(("Inference:Memory:BudgetBytes", $"{1 << 20}"), ("Inference:Memory:PinnedModels:0", "m7"));
        var pinned = host.Get<ServingDirectory>().Current.VersionsOf("m7")[0].Model!.OnDemand!;
        Assert.True(pinned.IsOpen);

        for (var i = 0; i < 40; i++)
        {
            Assert.Equal($"{i + 1}", await host.InferAsync($"m{i}"));
            Assert.True(pinned.IsOpen);
        }

        Assert.InRange(host.Get<ModelMemory>().Residency!.ResidentCount, 2, 39);
    }

    private Task<RepositoryHost> StartAsync(params (string Key, string Value)[] settings) =>
        RepositoryHost.StartAsync(_repository, "none", settings);
}
