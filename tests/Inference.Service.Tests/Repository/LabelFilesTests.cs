using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Repository;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Repository;

public sealed class LabelFilesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData("model/1", "model/1/labels.txt")]
    [InlineData("model/1", "model/labels.txt")]
    [InlineData("0a1b", "0a1b/labels.txt")]
    public void Read_FileOfTheModel_IsItsLines(string versionFolder, string file)
    {
        Write(file);

        Assert.Equal(["cat", "dog"], LabelFiles.Read(Config("labels.txt"), _folder.Combine(versionFolder))["y"]);
    }

    [Theory]
    [InlineData("model/1", "other/labels.txt", "../other/labels.txt")]
    [InlineData("0a1b", "2c3d/labels.txt", "2c3d/labels.txt")]
    [InlineData("0a1b", "labels.txt", "labels.txt")]
    public void Read_FileOfAnother_IsRefused(string versionFolder, string file, string named)
    {
        Write(file);

        var refused = Assert.Throws<RepositoryException>(() => LabelFiles.Read(Config(named), _folder.Combine(versionFolder)));

        Assert.Contains($"label file '{named}' of output 'y'", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static ModelConfig Config(string labels) =>
        new()
        {
            Output =
            {
                new ModelOutput { Name = "y", LabelFilename = labels },
            },
        };

    private void Write(string file)
    {
        var path = _folder.Combine(file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "cat\ndog\n\n");
    }
}
