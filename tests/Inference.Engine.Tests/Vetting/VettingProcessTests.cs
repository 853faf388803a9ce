using System.Diagnostics;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Inference.Engine.Vetting;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Vetting;

public sealed class VettingProcessTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Vet_SoundModel_PassesWithItsMeasurements()
    {
        var (exitCode, report, errors) = await VettingCommand.RunAsync("vet", "--model", TestModels.Iris);

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.NotNull(report);
        Assert.Equal("passed", report.Status);
        Assert.Empty(report.Problems);
        Assert.Equal(["Gemm", "Identity", "Softmax"], report.Operators.Select(o => o.Name));
        Assert.Equal((15, 6, "Tribuo 4.2.0-SNAPSHOT"), (report.ParameterCount, report.IrVersion, report.Producer));
        Assert.Equal(
            "input FP32 [-1,4]",
            $"{report.Inputs[0].Name} {report.Inputs[0].Datatype} [{string.Join(',', report.Inputs[0].Shape)}]"
        );
        Assert.Equal(("1.29.0", "cpu"), (report.RuntimeVersion, report.Provider));
        Assert.True(report.LatencyMsP50 > 0 && report.LatencyMsP99 >= report.LatencyMsP50);
        Assert.InRange(report.PeakMemoryBytes!.Value, 10L << 20, 1L << 30);
    }

    [Fact]
    public async Task Vet_LoopThatNeverEnds_IsStoppedAndReported()
    {
        OnnxModelBuilder.LoopBomb().Save(_folder.Path);
        var watch = Stopwatch.StartNew();

        var (exitCode, report, _) = await VettingCommand.RunAsync("vet", "--model", _folder.Path, "--timeout-seconds", "1");

        Assert.Equal(3, exitCode);
        Assert.Equal(VettingCodes.TimeLimit, Assert.Single(report!.Problems).Code);
        Assert.Contains(report.Operators, o => o.Name == "Loop");
        Assert.Contains(report.Operators, o => o.Name == "Add");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"took {watch.Elapsed}");
    }

    [Fact]
    public async Task Vet_OperatorThatCannotBeInterrupted_IsStoppedAndReported()
    {
        OnnxModelBuilder.SlowOperator().Save(_folder.Path);
        var watch = Stopwatch.StartNew();

        var (exitCode, report, _) = await VettingCommand.RunAsync("vet", "--model", _folder.Path, "--timeout-seconds", "1");

        Assert.Equal(3, exitCode);
        Assert.Equal(VettingCodes.TimeLimit, Assert.Single(report!.Problems).Code);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"took {watch.Elapsed}");
    }

    [Fact]
    public async Task Vet_MemoryBombBeyondAllMemory_IsReported()
    {
        OnnxModelBuilder.MemoryBomb(elements: 1L << 42).Save(_folder.Path);

        var (exitCode, report, _) = await VettingCommand.RunAsync("vet", "--model", _folder.Path);

        Assert.Equal(3, exitCode);
        Assert.Equal(VettingCodes.RunFailed, Assert.Single(report!.Problems).Code);
    }

    [Fact]
    public async Task Vet_MemoryBombThatWouldFit_IsStoppedAtTheLimit()
    {
        OnnxModelBuilder.MemoryBomb(elements: 500_000_000).Save(_folder.Path);

        var (exitCode, report, _) = await VettingCommand.RunAsync("vet", "--model", _folder.Path, "--memory-mb", "256");

        Assert.Equal(3, exitCode);
        Assert.Equal(VettingCodes.MemoryLimit, Assert.Single(report!.Problems).Code);
    }

    [Fact]
    public async Task Vet_Pickle_IsUnsafe()
    {
        File.WriteAllBytes(_folder.Combine("model.pkl"), [0x80, 0x04, 0x95, .. "cos\nsystem\n"u8]);
        File.WriteAllText(_folder.Combine("MLmodel"), "flavors: {}");

        var (exitCode, report, _) = await VettingCommand.RunAsync("vet", "--model", _folder.Path);

        Assert.Equal(3, exitCode);
        Assert.Equal(ModelLoadCodes.UnsafeFormat, Assert.Single(report!.Problems).Code);
        Assert.Contains("pickle", report.Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vet_ExternalDataOutside_IsReported()
    {
        var model = Directory.CreateDirectory(_folder.Combine("model")).FullName;
        File.WriteAllBytes(_folder.Combine("x"), new byte[8]);
        OnnxModelBuilder.WithExternalWeight("../x").Save(model);

        var (exitCode, report, _) = await VettingCommand.RunAsync("vet", "--model", model);

        Assert.Equal(3, exitCode);
        Assert.Equal(ModelLoadCodes.ExternalData, Assert.Single(report!.Problems).Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("verify")]
    [InlineData("vet")]
    [InlineData("vet --model")]
    [InlineData("vet --model m --timeout-seconds 0")]
    [InlineData("vet --model m --memory-mb x")]
    [InlineData("vet --model m --unknown y")]
    public async Task Main_WrongArguments_PrintsUsage(string arguments)
    {
        var (exitCode, report, errors) = await VettingCommand.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(2, exitCode);
        Assert.Null(report);
        Assert.StartsWith("usage:", errors, StringComparison.Ordinal);
    }
}
