using System.Diagnostics;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Mlflow;

/// <summary>A client that others have written, in another language, against a real registry.</summary>
public sealed class NodeClientTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    [Fact]
    public async Task NodeClient_ExperimentsAndRuns_AreWhatItExpects()
    {
        var script = Path.Combine(FindRoot(), "tests", "tools", "mlflow-client.mjs");
        using var node = Process.Start(
            new ProcessStartInfo("node", [script, fixture.Host.Http.BaseAddress!.ToString().TrimEnd('/')])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var output = node.StandardOutput.ReadToEndAsync();
        var errors = await node.StandardError.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await node.WaitForExitAsync();

        Assert.Equal((0, "ok"), (node.ExitCode, (await output).Trim() + errors));
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("Platform.sln was not found above the test's folder.");
        }
        return folder.FullName;
    }
}
