using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Slipway.Contracts.Vetting;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Registry.Api.Vetting;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Vetting;

public sealed class VettingQueueTests
{
    [Fact]
    public async Task Complete_AfterAnotherTookOver_IsRefused()
    {
        // A program that waits until the test lets it go keeps the registry's own worker away from the second version.
        using var folder = new TempFolder();
        var engine = FakeEngine.Write(folder, $"while [ ! -e {folder.Combine("go")} ]; do sleep 0.05; done; exit 1");
        await using var host = await RegistryHost.StartAsync(("Registry:Vetting:EnginePath", engine));
        await host.RegisterAsync("m", Files.Good);
        var folders = Path.Combine(host.DataPath, "registry", "vetting");
        await Eventually.TrueAsync(() => Directory.Exists(folders) && Directory.GetDirectories(folders).Length == 1);
        await host.RegisterAsync("m", Files.Good);
        var queue = host.Services.GetRequiredService<VettingQueue>();
        var passed = new VettingReport { Status = "passed" };

        var first = (await queue.ClaimAsync(TimeSpan.FromMinutes(5), CancellationToken.None))!;
        Assert.Null(await queue.ClaimAsync(TimeSpan.FromMinutes(5), CancellationToken.None));
        await using (var source = NpgsqlDataSource.Create(host.ConnectionString))
        {
            await using var expire = source.CreateCommand(
                "UPDATE model_versions SET vetting_lease_until = now() - interval '1 s' WHERE version = 2"
            );
            await expire.ExecuteNonQueryAsync();
        }
        var second = (await queue.ClaimAsync(TimeSpan.FromMinutes(5), CancellationToken.None))!;

        Assert.Equal((2, 2), (second.Version, second.Attempt));
        Assert.False(await queue.CompleteAsync(first, passed, "model.onnx", CancellationToken.None));
        Assert.Equal("pending", (await host.Registry.FindVersionAsync("m", 2))!.VettingStatus);
        Assert.True(await queue.CompleteAsync(second, passed, "model.onnx", CancellationToken.None));
        Assert.False(await queue.CompleteAsync(second, passed, "model.onnx", CancellationToken.None));
        await File.WriteAllTextAsync(folder.Combine("go"), "");
        await host.VettedAsync("m", 1);
    }
}
