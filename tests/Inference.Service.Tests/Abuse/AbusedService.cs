using Google.Protobuf;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Service.Tests.Abuse;

/// <summary>One process for the tests of a class, with small limits, and models that behave in their different ways.</summary>
public sealed class AbusedService : IAsyncLifetime, IDisposable
{
    public const int MaxRequestBytes = 8 << 20;

    private readonly TempFolder _repository = new();

    internal ServiceProcess Process { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Write("linear", OnnxModelBuilder.Linear());
        Write("lookup", OnnxModelBuilder.Lookup());
        Write("endless", OnnxModelBuilder.LoopBomb());
        Write(
            "huge",
            new OnnxModelBuilder()
                .Input("size", OnnxType.Int64, 1)
                .Output("y", OnnxType.Float, "n")
                .Node("ConstantOfShape", ["size"], ["y"])
        );
        Process = await ServiceProcess.StartAsync(
            _repository.Path,
            $"--Inference:MaxRequestBytes={MaxRequestBytes}",
            "--Inference:Serving:WarmUp=false",
            "--Inference:Connections:HeadersTimeout=00:00:02",
            "--Inference:Connections:SlowGrace=00:00:01.500",
            $"--Inference:Engine:RunMemoryLimitBytes={512L << 20}"
        );
    }

    public async Task DisposeAsync() => await Process.DisposeAsync();

    public void Dispose() => _repository.Dispose();

    internal async Task IsServingAsync()
    {
        Assert.Equal(
            (200, """{"predictions":[[6.0]]}"""),
            await Process.PostAsync("v1/models/linear:predict", """{"instances":[[1,1]]}""")
        );
        await Process.IsIdleAsync();
    }

    private void Write(string name, OnnxModelBuilder model)
    {
        var folder = _repository.Combine(name, "1");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), model.Model.ToByteArray());
    }
}
