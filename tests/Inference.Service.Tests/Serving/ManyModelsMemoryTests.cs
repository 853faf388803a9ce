using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Inference.Service.Serving;
using Slipway.Inference.Service.Tests.Predictions;
using Slipway.Inference.Service.Tests.Repository;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Service.Tests.Serving;

/// <summary>Alone, since the memory of the whole process is looked at.</summary>
[Collection(AllocationTests.Alone)]
public sealed class ManyModelsMemoryTests : IDisposable
{
    private const int Models = 1000;
    private const int ModelBytes = 200 << 10;
    private const long BudgetBytes = 20 * 300 << 10;
    private readonly TempFolder _repository = new();

    public void Dispose() => _repository.Dispose();

    [Fact]
    public async Task Infer_AThousandModelsInTheMemoryOfTwenty_AllAreServed()
    {
        for (var i = 0; i < Models; i++)
        {
            RepositoryHost.WriteBytes(_repository, $"m{i}/1/model.onnx", Model(i));
        }
        await using var host = await RepositoryHost.StartAsync(
            _repository,
            "none",
            ("Inference:Memory:BudgetBytes", BudgetBytes.ToString(CultureInfo.InvariantCulture))
        );
        Assert.Equal(0, host.Get<SessionPool>().Count);
        var residency = host.Get<ModelMemory>().Residency!;

        await CallAsync(host, seed: 1, calls: 300);
        var settled = ResidentBytes();
        await CallAsync(host, seed: 2, calls: 1500);

        Assert.InRange(residency.UsedBytes, 1, BudgetBytes);
        // Never less than its file is counted for a model.
        Assert.InRange(residency.ResidentCount, 5, (int)(BudgetBytes / ModelBytes));
        Assert.Equal(residency.ResidentCount, host.Get<SessionPool>().Count);
        // More than 1,400 models of 200 KB were opened and closed in between.
        Assert.InRange(ResidentBytes() - settled, long.MinValue, 64 << 20);
        var index = JsonNode.Parse((await host.PostAsync("v2/repository/index", "{\"ready\":true}")).Body)!.AsArray();
        Assert.Equal(Models, index.Count);
        Assert.Equal(200, (await host.GetAsync("v2/health/ready")).Status);
    }

    /// <summary>y = x + addend, where the addend is the first of many weights, found in a way that is not worked out when the model is opened.</summary>
    private static byte[] Model(float addend)
    {
        var weights = new float[ModelBytes / sizeof(float)];
        weights[0] = addend;
        return new OnnxModelBuilder()
            .Input("x", OnnxType.Float, "n", 1)
            .Output("y", OnnxType.Float, "n", 1)
            .Weight("weights", weights, weights.Length)
            .Node("Sub", ["x", "x"], ["zero"])
            .Node("Cast", ["zero"], ["index"], OnnxModelBuilder.Int("to", (long)OnnxType.Int64))
            .Node("Gather", ["weights", "index"], ["b"])
            .Node("Add", ["x", "b"], ["y"])
            .Model.ToByteArray();
    }

    private static async Task CallAsync(RepositoryHost host, int seed, int calls)
    {
        var random = new Random(seed);
        var models = Enumerable.Range(0, calls).Select(_ => random.Next(Models)).ToArray();
        await Parallel.ForEachAsync(
            models,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (model, _) => Assert.Equal((model + 1).ToString(CultureInfo.InvariantCulture), await host.InferAsync($"m{model}"))
        );
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
