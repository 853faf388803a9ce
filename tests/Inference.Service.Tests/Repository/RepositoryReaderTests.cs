using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Repository;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Repository;

public sealed class RepositoryReaderTests : IDisposable
{
    private readonly TempFolder _first = new();
    private readonly TempFolder _second = new();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public void ListNames_TwoRepositories_GivesEachModelOnce()
    {
        Write(_first, "b/1/model.onnx");
        Write(_first, "a/1/model.onnx");
        Write(_first, ".git/1/model.onnx");
        Write(_second, "c/1/model.onnx");
        File.WriteAllText(Path.Combine(_second.Path, "readme.txt"), "");

        Assert.Equal(["a", "b", "c"], Reader().ListNames());
    }

    [Fact]
    public void Read_ModelWithoutConfig_ServesItsHighestVersion()
    {
        foreach (var folder in new[] { "1", "10", "9", "02", "x", "3x" })
        {
            Write(_first, $"m/{folder}/model.onnx");
        }

        var model = Reader().Read("m")!;

        Assert.Equal([10], model.Versions.Select(version => version.Number));
        Assert.Equal("model.onnx", model.Versions[0].ModelFile);
        Assert.Equal("onnxruntime_onnx", model.Config.Platform);
        Assert.Equal("m", model.Config.Name);
    }

    [Theory]
    [InlineData("", new[] { 9 })]
    [InlineData("version_policy { latest { num_versions: 2 } }", new[] { 3, 9 })]
    [InlineData("version_policy { latest { } }", new[] { 9 })]
    [InlineData("version_policy { all { } }", new[] { 1, 3, 9 })]
    [InlineData("version_policy { specific { versions: [ 3, 1, 7 ] } }", new[] { 1, 3 })]
    public void Read_VersionPolicy_ChoosesVersions(string config, int[] expected)
    {
        Write(_first, "m/9/model.onnx");
        Write(_first, "m/1/model.onnx");
        Write(_first, "m/3/model.onnx");
        Write(_first, "m/config.pbtxt", config);

        Assert.Equal(expected, Reader().Read("m")!.Versions.Select(version => version.Number));
    }

    [Fact]
    public void Read_ModelFileThatIsAFolder_IsTheModelInside()
    {
        Write(_first, "m/1/model.onnx/model.onnx");

        Assert.Equal("model.onnx/model.onnx", Reader().Read("m")!.Versions[0].ModelFile);
    }

    [Fact]
    public void Read_Ensemble_NeedsNoModelFile()
    {
        Directory.CreateDirectory(Path.Combine(_first.Path, "e", "1"));
        Write(_first, "e/config.pbtxt", "platform: \"ensemble\" ensemble_scheduling { step [ { model_name: \"m\" model_version: -1 } ] }");

        Assert.Null(Reader().Read("e")!.Versions[0].ModelFile);
    }

    [Theory]
    [InlineData("name: \"other\"", "unexpected directory name 'm' for model 'other', directory name must equal model name")]
    [InlineData(
        "backend: \"pytorch\"",
        "unable to find backend 'pytorch' for model 'm': this server runs onnxruntime models and ensembles"
    )]
    [InlineData(
        "platform: \"tensorrt_plan\"",
        "unable to find backend 'tensorrt_plan' for model 'm': this server runs onnxruntime models and ensembles"
    )]
    [InlineData("max_batch_size: -1", "'max_batch_size' must be non-negative value for model 'm'")]
    [InlineData(
        "version_policy { specific { versions: 5 } }",
        "at least one version must be available under the version policy of model 'm'"
    )]
    [InlineData("default_model_filename: \"../x\"", "default_model_filename '../x' must be a path inside the version's folder")]
    [InlineData("nme: \"m\"", "failed to read text proto from config.pbtxt: line 1, column 1: message 'ModelConfig' has no field 'nme'")]
    public void Read_WrongConfig_SaysWhy(string config, string expected)
    {
        Write(_first, "m/1/model.onnx");
        Write(_first, "m/config.pbtxt", config);

        Assert.Equal(expected, Assert.Throws<RepositoryException>(() => Reader().Read("m")).Message);
    }

    [Theory]
    [InlineData("", "Model name cannot be empty. Please enter a valid name to deploy.")]
    [InlineData("../m", "model name must not contain path traversal characters")]
    [InlineData("..", "model name must not contain path traversal characters")]
    [InlineData("a\\b", "model name must not contain path traversal characters")]
    [InlineData("a\0", "model name must not contain path traversal characters")]
    public void Read_NameThatIsNoFolderName_IsRefused(string name, string expected) =>
        Assert.Equal(expected, Assert.Throws<RepositoryException>(() => Reader().Read(name)).Message);

    [Fact]
    public void Read_UnknownModel_IsNull() => Assert.Null(Reader().Read("unknown"));

    [Fact]
    public void Read_ModelInTwoRepositories_IsRefused()
    {
        Write(_first, "m/1/model.onnx");
        Write(_second, "m/1/model.onnx");

        Assert.Equal("model 'm' is in more than one repository", Assert.Throws<RepositoryException>(() => Reader().Read("m")).Message);
    }

    [Fact]
    public void Read_NoConfigWhereOneIsRequired_IsRefused()
    {
        Write(_first, "m/1/model.onnx");

        Assert.Throws<RepositoryException>(() => new RepositoryReader([_first.Path], requireConfig: true).Read("m"));
    }

    [Fact]
    public void Parse_JsonOfAConfig_IsWhatFormatWrote()
    {
        var config = new ModelConfig
        {
            Name = "m",
            MaxBatchSize = 4,
            DynamicBatching = new() { MaxQueueDelayMicroseconds = ulong.MaxValue },
        };

        Assert.Equal(config, ModelConfigFile.Parse(ModelConfigFile.Format(config)));
        Assert.Equal(4, ModelConfigFile.Parse("{\"max_batch_size\": 4}").MaxBatchSize);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"max_batch_size\": \"many\"}")]
    [InlineData("{\"unknown\": 1}")]
    public void Parse_NoConfig_IsRefused(string json) => Assert.Throws<RepositoryException>(() => ModelConfigFile.Parse(json));

    private RepositoryReader Reader() => new([_first.Path, _second.Path], requireConfig: false);

    private static void Write(TempFolder folder, string path, string text = "")
    {
        var full = Path.Combine(folder.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
