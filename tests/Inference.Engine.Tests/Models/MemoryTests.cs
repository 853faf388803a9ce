using System.Globalization;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Models;

[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    private const int Width = 3000; // weights of 36 MB

    [Fact]
    public void Release_BigModelsLoadedAndClosedAgainAndAgain_GiveTheirMemoryBack()
    {
        if (!OperatingSystem.IsLinux())
        {
            // Resident memory is read, and freed memory trimmed, where glibc is.
            return;
        }

        using var folder = new TempFolder();
        var weights = new float[Width * Width];
        var path = new OnnxModelBuilder()
            .Input("x", Onnx.TensorProto.Types.DataType.Float, "batch", Width)
            .Output("y", Onnx.TensorProto.Types.DataType.Float, "batch", Width)
            .Weight("w", weights, Width, Width)
            .Node("MatMul", ["x", "w"], ["y"])
            .Save(folder.Path);
        var pool = new SessionPool();
        LoadRunAndClose();
        var before = ResidentMegabytes();

        for (var i = 0; i < 5; i++)
        {
            LoadRunAndClose();
        }

        // Were it kept, there would be 180 MB of weights and 240 MB of runs more.
        Assert.True(ResidentMegabytes() - before < 60, $"{before} MB before, {ResidentMegabytes()} MB after");

        void LoadRunAndClose()
        {
            using var share = pool.Acquire("big", () => ModelSession.Load(path, new ModelSessionOptions()));
            using var x = Tensor.Rent("x", ElementType.Fp32, 2000, Width);
            x.RawBytes.Clear();
            using var result = share.Session.Run([x], CancellationToken.None);
            Assert.Equal(InferenceStatus.Ok, result.Status);
        }
    }

    private static long ResidentMegabytes()
    {
        var line = File.ReadLines("/proc/self/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
