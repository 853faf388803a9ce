using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Vetting;

/// <summary>What becomes of sound, broken and hostile models, examined by the real program.</summary>
public sealed class VettingTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    // pickle.dumps(os.system, 4) of CPython 3.11.
    private static readonly byte[] s_pickle = Convert.FromBase64String("gASVFAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOULg==");
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Register_SoundModel_PassesWithItsSignature()
    {
        var vetted = await VetAsync("sound", Files.Good);

        Assert.Equal("passed", vetted.VettingStatus);
        var input = Assert.Single(vetted.Vetting!.Inputs);
        Assert.Equal(("x", "FP32"), (input.Name, input.Datatype));
        Assert.Equal([-1, 2], input.Shape);
        Assert.Equal("1.29.0", vetted.Vetting.RuntimeVersion);
        // Clients sort and page by the time of update: examining the files is not one.
        var version = (await _host.GetOkAsync("model-versions/get?name=sound&version=1"))["model_version"]!;
        Assert.Equal((long)version["creation_timestamp"]!, (long)version["last_updated_timestamp"]!);
    }

    public static TheoryData<string, string, byte[]> Unsafe { get; } =
        new()
        {
            { "pickle by content", "weights.bin", s_pickle },
            { "old text pickle", "notes.txt", "cposix\nsystem\np0\n."u8.ToArray() },
            { "by its name alone", "model.pkl", "anything"u8.ToArray() },
            { "joblib, zlib", "model.bin", Compress(s_pickle, s => new ZLibStream(s, CompressionLevel.Fastest)) },
            { "joblib, gzip", "model.gz", Compress(s_pickle, s => new GZipStream(s, CompressionLevel.Fastest)) },
            { "pytorch archive", "model.pt", Archive("archive/data.pkl") },
            {
                "numpy objects",
                "array.npy",
                [0x93, .. Encoding.ASCII.GetBytes("NUMPY\u0001\0v\0{'descr': '|O', 'fortran_order': False, 'shape': (1,), }")]
            },
        };

    [Theory]
    [MemberData(nameof(Unsafe))]
    public async Task Register_FileThatCarriesCode_IsStoredAndNeverServable(string what, string file, byte[] content)
    {
        var model = $"unsafe {what}";
        var vetted = await VetAsync(model, new Dictionary<string, byte[]>(Files.Good) { [file] = content });

        Assert.Equal("failed", vetted.VettingStatus);
        var problem = Assert.Single(vetted.Vetting!.Problems);
        Assert.Equal("unsafe_format", problem.Code);
        Assert.Contains(file, problem.Message, StringComparison.Ordinal);
        Assert.Contains(vetted.Files, f => f.Path == file);

        var promotion = await _host.PromoteAsync(new PromotionRequest { Model = model, Version = vetted.Version });
        Assert.Equal("rejected", promotion.Status);
        var (status, body) = await _host.PostAsync(
            "registered-models/alias",
            $$"""{"name":"{{model}}","alias":"production","version":"{{vetted.Version}}"}"""
        );
        Assert.Equal(400, status);
        Assert.Contains("passed vetting", (string)body["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Register_SklearnFlavour_IsUnsafe()
    {
        var vetted = await VetAsync(
            "sklearn",
            new Dictionary<string, byte[]>
            {
                ["MLmodel"] =
                    "flavors:\n  sklearn: {pickled_model: model.dat}\n  python_function: {loader_module: mlflow.sklearn}\n"u8.ToArray(),
                ["model.dat"] = [1, 2, 3],
            }
        );

        Assert.Equal("unsafe_format", Assert.Single(vetted.Vetting!.Problems).Code);
    }

    [Fact]
    public async Task Register_OtherFlavour_IsStoredAndMarkedWithItsName()
    {
        var vetted = await VetAsync(
            "xgboost",
            new Dictionary<string, byte[]>
            {
                ["MLmodel"] = "flavors:\n  xgboost: {data: model.ubj}\n  python_function: {loader_module: mlflow.xgboost}\n"u8.ToArray(),
                ["model.ubj"] = [1, 2, 3],
            }
        );

        var problem = Assert.Single(vetted.Vetting!.Problems);
        Assert.Equal("unsupported_flavor", problem.Code);
        Assert.Contains("(xgboost)", problem.Message, StringComparison.Ordinal);
        Assert.Equal(["xgboost", "python_function"], vetted.Vetting.Description!.Flavors);
        Assert.Equal(3, vetted.Vetting.Files.Single(f => f.Path == "model.ubj").SizeBytes);
    }

    [Fact]
    public async Task Register_SeveralFilesThatCarryCode_NamesEach()
    {
        var vetted = await VetAsync(
            "pyfunc",
            new Dictionary<string, byte[]>(Files.Good)
            {
                ["MLmodel"] =
                    "flavors:\n  python_function: {loader_module: mlflow.pyfunc.model, python_model: python_model.pkl}\n"u8.ToArray(),
                ["python_model.pkl"] = s_pickle,
                ["artifacts/data.bin"] = s_pickle,
            }
        );

        Assert.Equal(["unsafe_format", "unsafe_format"], vetted.Vetting!.Problems.Select(p => p.Code));
        Assert.Equal(["artifacts/data.bin", "python_model.pkl"], vetted.Vetting.Files.Where(f => f.Unsafe is not null).Select(f => f.Path));
    }

    [Fact]
    public async Task Register_MlflowFolder_ReportsAllThatIsKnownOfIt()
    {
        var vetted = await VetAsync(
            "whole",
            new Dictionary<string, byte[]>
            {
                ["MLmodel"] =
                    """
                flavors:
                  onnx: {data: net.onnx}
                  python_function: {loader_module: mlflow.onnx, python_version: 3.11.2}
                mlflow_version: 2.17.2
                saved_input_example_info: {artifact_path: example.json}
                signature:
                  inputs: '[{"name": "x", "type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}]'
                  outputs: null
                """u8.ToArray(),
                ["net.onnx"] = OnnxFile.Identity(),
                ["example.json"] = "[[1, 2], [3, 4]]"u8.ToArray(),
                ["requirements.txt"] = "onnx==1.12.0\n# a comment\n\nnumpy>=1.20  # why\n"u8.ToArray(),
            }
        );
        var report = vetted.Vetting!;

        Assert.Equal(("passed", "net.onnx", "example"), (report.Status, report.ModelFile, report.RunOn));
        Assert.Equal(["onnx==1.12.0", "numpy>=1.20"], report.Description!.Requirements);
        Assert.Contains("'x' is declared as float64, but is FP32", Assert.Single(report.Warnings), StringComparison.Ordinal);
        Assert.Contains("CPUExecutionProvider", report.AvailableProviders);
        Assert.Equal(200, report.LatencyRuns);
        Assert.Equal(4, report.Files.Count);
        var own = await _host.Registry.FindVettingAsync("whole", vetted.Version);
        Assert.Equal(report.Status, own!.Status);
        Assert.Equal(report.Files, own.Files);
    }

    [Fact]
    public async Task Register_WithoutExampleOrSignature_IsWarned()
    {
        var vetted = await VetAsync(
            "bare",
            new Dictionary<string, byte[]>(Files.Good) { ["MLmodel"] = "flavors: {onnx: {data: model.onnx}}"u8.ToArray() }
        );

        Assert.Equal("zeros", vetted.Vetting!.RunOn);
        Assert.Contains(vetted.Vetting.Warnings, w => w.Contains("no input example", StringComparison.Ordinal));
        Assert.Contains(vetted.Vetting.Warnings, w => w.Contains("declares no signature", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Register_BrokenModels_FailAndTheRegistryLivesOn()
    {
        var good = OnnxFile.Identity();
        var hostile = new Dictionary<string, byte[]>
        {
            ["truncated"] = good[..(good.Length / 2)],
            ["empty"] = [],
            ["text"] = "this is no model"u8.ToArray(),
            ["external data outside"] = OnnxFile.WithExternalData("../../../../etc/passwd"),
            ["external data absolute"] = OnnxFile.WithExternalData("/etc/passwd"),
            ["external data missing"] = OnnxFile.WithExternalData("gone.bin"),
        };

        foreach (var (name, content) in hostile)
        {
            var vetted = await VetAsync($"broken {name}", Files.One("model.onnx", content));
            Assert.True(vetted.VettingStatus == "failed", $"{name}: {vetted.VettingStatus}");
            Assert.NotEmpty(vetted.Vetting!.Problems);
            Assert.All(vetted.Vetting.Problems, p => Assert.NotEqual("vetting_crashed", p.Code));
        }

        Assert.Equal("passed", (await VetAsync("after all that", Files.Good)).VettingStatus);
    }

    [Fact]
    public async Task Register_WithoutModelOrFiles_SaysSo()
    {
        var none = await VetAsync("no model", Files.One("readme.txt", "hello"u8.ToArray()));
        var nothing = await VetAsync("no files", new Dictionary<string, byte[]>());

        Assert.Equal("model_missing", Assert.Single(none.Vetting!.Problems).Code);
        Assert.Equal("no_files", Assert.Single(nothing.Vetting!.Problems).Code);
    }

    [Fact]
    public async Task Register_ThenOverwriteTheArtifact_KeepsTheVersionsFiles()
    {
        var (run, version) = await _host.RegisterAsync("immutable", Files.Good);
        var before = (await _host.VettedAsync("immutable", version)).Files;

        Assert.Equal(200, (await _host.PutArtifactAsync($"0/{run}/artifacts/model/model.onnx", "overwritten"u8.ToArray())).Status);

        Assert.Equal(before, (await _host.Registry.FindVersionAsync("immutable", version))!.Files);
        using var bytes = new MemoryStream();
        await _host.Registry.DownloadBlobAsync(before[0].Sha256, bytes);
        Assert.Equal(OnnxFile.Identity(), bytes.ToArray());
    }

    [Theory]
    [InlineData("file:///etc")]
    [InlineData("/etc")]
    [InlineData("mlflow-artifacts:/0/../../etc")]
    [InlineData("mlflow-artifacts:/0/%2e%2e/x")]
    [InlineData("mlflow-artifacts:/")]
    [InlineData("runs:/")]
    [InlineData("models:/x")]
    public async Task Register_OtherSource_IsRefused(string source)
    {
        await _host.Mlflow.EnsureRegisteredModelAsync("sources");

        var (status, body) = await _host.PostAsync("model-versions/create", $$"""{"name":"sources","source":"{{source}}"}""");

        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, (string?)body["error_code"]));
        Assert.Contains("Invalid model version source", (string)body["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Register_SourceElsewhere_IsNeverCalled()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await _host.Mlflow.EnsureRegisteredModelAsync("called");

        var (status, _) = await _host.PostAsync(
            "model-versions/create",
            $$"""{"name":"called","source":"http://127.0.0.1:{{((IPEndPoint)listener.LocalEndpoint).Port}}/model"}"""
        );
        var version = await _host.VettedAsync("called", 1);

        Assert.Equal((200, "failed"), (status, version.VettingStatus));
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task Register_FromRunOrModel_HasTheSameFiles()
    {
        var (run, first) = await _host.RegisterAsync("derived", Files.Good);
        await _host.VettedAsync("derived", first);
        await _host.Mlflow.SetAliasAsync("derived", "best", "1");
        foreach (var source in new[] { $"runs:/{run}/model", "models:/derived/1", "models:/derived@best" })
        {
            var version = await _host.Mlflow.CreateModelVersionAsync("derived", source, run);
            var overview = await _host.Registry.FindVersionAsync(
                "derived",
                int.Parse(version.Version, System.Globalization.CultureInfo.InvariantCulture)
            );
            Assert.Equal("model.onnx", Assert.Single(overview!.Files).Path);
        }
    }

    private async Task<ModelVersionOverview> VetAsync(string model, Dictionary<string, byte[]> files)
    {
        var (_, version) = await _host.RegisterAsync(model, files);
        return await _host.VettedAsync(model, version);
    }

    private static byte[] Compress(byte[] content, Func<Stream, Stream> wrap)
    {
        var output = new MemoryStream();
        using (var stream = wrap(output))
        {
            stream.Write(content);
        }
        return output.ToArray();
    }

    private static byte[] Archive(string entry)
    {
        var output = new MemoryStream();
        using (var archive = new ZipArchive(output, ZipArchiveMode.Create))
        {
            using var stream = archive.CreateEntry(entry).Open();
            stream.Write(s_pickle);
        }
        return output.ToArray();
    }
}
