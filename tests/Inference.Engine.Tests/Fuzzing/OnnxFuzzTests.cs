using Google.Protobuf;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Inference.Engine.Tests.Vetting;
using Slipway.Inference.Engine.Vetting;
using Slipway.Testing;
using Slipway.Testing.Fuzzing;

namespace Slipway.Inference.Engine.Tests.Fuzzing;

/// <summary>Damaged model files: whatever reads them gives a reason, in the process that vets them and in the one that serves.</summary>
public sealed class OnnxFuzzTests : IDisposable
{
    private const long MaxAllocatedBytes = 64L << 20;

    private readonly TempFolder _folder = new();
    private readonly string _path;
    private readonly Mutator _mutator = new(
        [
            File.ReadAllBytes(TestModels.Iris),
            OnnxModelBuilder.Linear().Model.ToByteArray(),
            OnnxModelBuilder.Lookup().Model.ToByteArray(),
            OnnxModelBuilder.LoopBomb(3).Model.ToByteArray(),
            OnnxModelBuilder.WithExternalWeight("weights.bin").Model.ToByteArray(),
        ],
        "location",
        "../../../../etc/passwd",
        "/dev/zero",
        "\x3a\x02",
        "\x0a\xff\xff\xff\x7f",
        "Loop",
        "EPContext",
        "ai.onnx.ml",
        string.Concat(Enumerable.Repeat("\x3a\x7f", 300))
    );

    public OnnxFuzzTests() => _path = Path.Combine(_folder.Path, "model.onnx");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_DamagedFiles_AreRefusedWithAReason()
    {
        foreach (var (number, random) in FuzzPlan.Cases(4000))
        {
            var bytes = Write(random);
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            foreach (
                var read in (Action[])
                    [
                        () => ModelFileFormat.Refuse(_path),
                        () => ExternalDataFiles.Resolve(_folder.Path, ExternalDataScanner.Scan(_path)),
                        () => GraphOutlineReader.Read(_path, new VettingProgress().Report),
                    ]
            )
            {
                try
                {
                    read();
                }
                catch (ModelLoadException e)
                {
                    // The one way in which a wrong file ends.
                    Assert.InRange(e.Message.Length, 1, 8000);
                }
                catch (Exception e)
                {
                    Assert.Fail($"{e.GetType().Name} {e.Message} for {FuzzPlan.Describe(number, bytes)}");
                }
            }
            Assert.True(
                GC.GetAllocatedBytesForCurrentThread() - allocated < MaxAllocatedBytes,
                $"too much memory for {FuzzPlan.Describe(number, bytes)}"
            );
        }
    }

    [Fact]
    public void Load_DamagedFiles_AreRefusedWithAReasonOrRun()
    {
        File.WriteAllBytes(Path.Combine(_folder.Path, "weights.bin"), new byte[64]);
        foreach (var (number, random) in FuzzPlan.Cases(600))
        {
            var bytes = Write(random);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                using var session = ModelSession.Load(_path, new ModelSessionOptions(), cancellationToken: limit.Token);
                session.WarmUp(limit.Token).Dispose();
            }
            catch (ModelLoadException e)
            {
                Assert.InRange(e.Message.Length, 1, 8000);
            }
            catch (Exception e)
            {
                Assert.Fail($"{e.GetType().Name} {e.Message} for {FuzzPlan.Describe(number, bytes)}");
            }
            Assert.False(limit.IsCancellationRequested, $"no end of {FuzzPlan.Describe(number, bytes)}");
        }
    }

    [Fact]
    public async Task Vet_DamagedFiles_AreReportedOn()
    {
        foreach (var (number, random) in FuzzPlan.Cases(6))
        {
            var bytes = Write(random);

            var (exitCode, report, errors) = await VettingCommand.RunAsync(
                "vet",
                "--model",
                _path,
                "--timeout-seconds",
                "10",
                "--memory-mb",
                "2000"
            );

            Assert.True(
                report is not null && exitCode == (report.Status == "passed" ? 0 : 3),
                $"{exitCode} {errors} for {FuzzPlan.Describe(number, bytes)}"
            );
            Assert.True(report.Status == "passed" || report.Problems.Count > 0, $"no reason for {FuzzPlan.Describe(number, bytes)}");
        }
    }

    private byte[] Write(Random random)
    {
        var bytes = _mutator.Next(random);
        File.WriteAllBytes(_path, bytes);
        return bytes;
    }
}
