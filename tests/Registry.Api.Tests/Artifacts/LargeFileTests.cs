using System.Globalization;
using Slipway.Registry.Api.Tests.Alone;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Artifacts;

/// <summary>Large files pass through the program in memory that does not grow with them; in a process of its own, where nothing else takes any.</summary>
public sealed class LargeFileTests : IDisposable
{
    private const long FileBytes = 128 << 20;

    // Buffers of the web server and what the collector leaves until it runs; half of the file would be seen.
    private const long AllowedGrowthBytes = 64 << 20;
    private const string Route = "api/2.0/mlflow-artifacts/artifacts/1/large/";
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task UpAndDown_128MiB_TakesFlatMemory()
    {
        await using var registry = await RegistryProcess.StartAsync(_folder.Path);
        await TransferAsync(registry, "warm", 8 << 20);
        var before = Read(registry.Id, "VmRSS");
        // The peak is counted anew from here.
        await File.WriteAllTextAsync($"/proc/{registry.Id}/clear_refs", "5");

        await TransferAsync(registry, "file", FileBytes);

        var growth = Read(registry.Id, "VmHWM") - before;
        Assert.True(growth < AllowedGrowthBytes, $"Resident memory grew by {growth >> 20} MiB from {before >> 20} MiB.");
    }

    public void Dispose() => _folder.Dispose();

    private static async Task TransferAsync(RegistryProcess registry, string name, long size)
    {
        using var content = new StreamContent(new EndlessStream(size));
        content.Headers.ContentLength = size;
        using var put = await registry.Http.PutAsync(new Uri(Route + name, UriKind.Relative), content);
        put.EnsureSuccessStatusCode();
        await using var down = await registry.Http.GetStreamAsync(new Uri(Route + name, UriKind.Relative));
        var buffer = new byte[1 << 20];
        var received = 0L;
        int read;
        while ((read = await down.ReadAsync(buffer)) > 0)
        {
            received += read;
        }
        Assert.Equal(size, received);
    }

    private static long Read(int processId, string counter)
    {
        var line = File.ReadLines($"/proc/{processId}/status").Single(l => l.StartsWith(counter + ":", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1], CultureInfo.InvariantCulture) * 1024;
    }
}
