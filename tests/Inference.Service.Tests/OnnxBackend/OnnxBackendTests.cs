using Microsoft.ML.OnnxRuntime;

namespace Slipway.Inference.Service.Tests.OnnxBackend;

/// <summary>The ONNX project's own backend tests, over each wire: what the bare runtime passes, the service passes.</summary>
public sealed class OnnxBackendTests(CorpusService service) : IClassFixture<CorpusService>
{
    private const string LocaleStage = "locale";
    private const string RandomStage = "random";
    private static readonly string[] s_wires = ["json", "binary", "grpc"];

    public static TheoryData<string> Folders => [.. CorpusArchive.Cases.Keys];

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task Infer_BackendTest_PassesWhereTheRuntimeDoes(string folder)
    {
        var failures = await FindFailuresAsync(CorpusArchive.Cases[folder]);
        var exceptions = CorpusExceptions.StagesOf(folder).ToList();
        if (failures.Count == 0)
        {
            // Not the model's, but the machine's: where the locale is, these pass.
            exceptions.Remove(LocaleStage);
        }

        Assert.True(
            exceptions.SequenceEqual(failures.Select(failure => failure.Stage).Order(StringComparer.Ordinal)),
            string.Join('\n', failures.Select(failure => $"{folder} {failure.Stage} {failure.Reason}").DefaultIfEmpty($"{folder} passes"))
        );
    }

    [Fact]
    public void Exceptions_Folders_AreThoseOfTheCorpus() =>
        Assert.DoesNotContain(CorpusExceptions.Folders, folder => !CorpusArchive.Cases.ContainsKey(folder));

    private async Task<List<(string Stage, string Reason)>> FindFailuresAsync(CorpusCase each)
    {
        List<(IReadOnlyList<CorpusTensor> Inputs, CorpusTensor[] Outputs)> sets;
        var isRandom = CorpusExceptions.StagesOf(each.Folder).Contains(RandomStage);
        var failures = new List<(string, string)>();
        try
        {
            sets = RunRaw(each, failures, isRandom ? RandomStage : "raw");
        }
        catch (Exception e) when (e is OnnxRuntimeException or NotSupportedException or InvalidDataException)
        {
            return
            [
                (e.Message.Contains("Failed to construct locale", StringComparison.Ordinal) ? LocaleStage : "raw", FirstLine(e.Message)),
            ];
        }
        if (!service.Served.Contains(each.ModelName))
        {
            return [.. failures, ("load", "refused")];
        }
        foreach (var wire in s_wires)
        {
            foreach (var (inputs, outputs) in sets)
            {
                if (await FindFailureAsync(wire, each, inputs, isRandom ? null : outputs) is { } reason)
                {
                    failures.Add((wire, reason));
                    break;
                }
            }
        }
        return failures;
    }

    private async Task<string?> FindFailureAsync(string wire, CorpusCase each, IReadOnlyList<CorpusTensor> inputs, CorpusTensor[]? outputs)
    {
        try
        {
            var given = await service.Wires.SendAsync(wire, each.ModelName, inputs);
            return outputs is null ? null : CorpusComparison.Find(outputs, given);
        }
        catch (InvalidDataException e)
        {
            return FirstLine(e.Message);
        }
    }

    // Where the runtime has another result than the project, its own is what the service must have.
    private static List<(IReadOnlyList<CorpusTensor> Inputs, CorpusTensor[] Outputs)> RunRaw(
        CorpusCase each,
        List<(string, string)> failures,
        string differs
    )
    {
        var (inputNames, outputNames) = RawRuntime.Open(each.Model, out var session);
        using (session)
        {
            var sets = new List<(IReadOnlyList<CorpusTensor>, CorpusTensor[])>();
            foreach (var (inputFiles, outputFiles) in each.Sets)
            {
                var inputs = Read(inputFiles, inputNames);
                var expected = Read(outputFiles, outputNames);
                var given = RawRuntime.Run(session, inputs);
                if (CorpusComparison.Find(expected, given) is { } difference)
                {
                    if (failures.Count == 0)
                    {
                        failures.Add((differs, FirstLine(difference)));
                    }
                    expected = given;
                }
                sets.Add((inputs, expected));
            }
            return sets;
        }
    }

    private static CorpusTensor[] Read(byte[][] files, IReadOnlyList<string> names) =>
        [
            .. files.Select(
                (file, i) =>
                    CorpusTensor.Read(names[i], file) ?? throw new NotSupportedException($"{names[i]} has a type outside the protocol")
            ),
        ];

    private static string FirstLine(string text) => text.Split('\n')[0];
}
