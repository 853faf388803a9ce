using Aspire.Hosting;
using Aspire.Hosting.Kubernetes.Publishing;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.Kubernetes;

public sealed class ChartWriterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SaveAsync_OwnChart_ReplacesTheTemplates()
    {
        await SaveAsync("templates/old.yaml");
        await SaveAsync("templates/new.yaml");
        Assert.Equal(["new.yaml"], Directory.EnumerateFiles(_folder.Combine("templates")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("apiVersion: v2\nname: somebody-elses\n")]
    public async Task SaveAsync_ForeignTemplates_RefusesAndDeletesNothing(string? chart)
    {
        Directory.CreateDirectory(_folder.Combine("templates"));
        await File.WriteAllTextAsync(_folder.Combine("templates", "precious.yaml"), "x");
        if (chart is not null)
        {
            await File.WriteAllTextAsync(_folder.Combine("Chart.yaml"), chart);
        }

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => SaveAsync("templates/new.yaml"));

        Assert.Contains("--output-path", error.Message, StringComparison.Ordinal);
        Assert.Equal(["precious.yaml"], Directory.EnumerateFiles(_folder.Combine("templates")).Select(Path.GetFileName));
        Assert.Equal(chart is not null, File.Exists(_folder.Combine("Chart.yaml")));
    }

    [Fact]
    public void AddObject_SameFileTwice_SaysSo()
    {
        var writer = new ChartWriter(_folder.Path);
        writer.AddObject("templates/web/service.yaml", new Dictionary<string, string>());
        Assert.Throws<DistributedApplicationException>(() =>
            writer.AddObject("templates/web/service.yaml", new Dictionary<string, string>())
        );
    }

    private Task SaveAsync(string file)
    {
        var writer = new ChartWriter(_folder.Path);
        writer.Add("Chart.yaml", ChartWriter.Mark);
        writer.Add(file, "x");
        return writer.SaveAsync(CancellationToken.None);
    }
}
