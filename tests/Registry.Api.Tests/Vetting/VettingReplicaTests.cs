using Microsoft.Extensions.DependencyInjection;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Registry.Api.Vetting;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Vetting;

/// <summary>Two replicas of one database whose stores are not shared.</summary>
public sealed class VettingReplicaTests
{
    [Fact]
    public async Task Version_WhoseFilesAnotherReplicaHas_IsLeftToIt()
    {
        using var folder = new TempFolder();
        // The replica that has the files is busy with another version until the test lets it go.
        var engine = FakeEngine.Write(
            folder,
            $"""[ -e {folder.Combine("go")} ] && exec dotnet "{RegistryHost.RealEngine}" "$@"; while [ ! -e {folder.Combine("go")} ]; do sleep 0.05; done; exit 1"""
        );
        await using var owner = await RegistryHost.StartAsync(
            ("Registry:Vetting:EnginePath", engine),
            ("Registry:Vetting:IntervalSeconds", "1")
        );
        await owner.RegisterAsync("busy", Files.Good);
        var folders = Path.Combine(owner.DataPath, "registry", "vetting");
        await Eventually.TrueAsync(() => Directory.Exists(folders) && Directory.GetDirectories(folders).Length == 1);
        await owner.RegisterAsync("here", Files.Good);
        await using var other = await RegistryHost.StartOnAsync(owner.ConnectionString, null);
        await other.ReadyAsync();
        var queue = other.Services.GetRequiredService<VettingQueue>();

        // The other looks at the version and leaves it, without a mark.
        other.Services.GetRequiredService<VettingSignal>().Wake();
        await Eventually.TrueAsync(async () =>
            await owner.CountAsync(
                "SELECT count(*) FROM model_versions v JOIN registered_models m ON m.id = v.model_id WHERE m.name = 'here' AND v.vetting_status = 'pending' AND v.vetting_lease_until IS NULL"
            ) == 1
        );
        await File.WriteAllTextAsync(folder.Combine("go"), "");

        Assert.Equal("passed", (await owner.VettedAsync("here", 1)).VettingStatus);
        Assert.Equal(1, await owner.CountAsync("SELECT max(vetting_attempt) FROM model_versions"));
        Assert.Null(await queue.ClaimAsync(TimeSpan.FromMinutes(1), CancellationToken.None));
    }

    [Fact]
    public async Task Version_WhoseFilesNobodyHas_FailsInTheEnd()
    {
        await using var owner = await RegistryHost.StartAsync(("Registry:Vetting:IntervalSeconds", "3600"));
        var (_, version) = await owner.RegisterAsync("lost", Files.Good);
        await owner.VettedAsync("lost", version);
        // Long ago, with its attempts but one used up; then its bytes are gone.
        await owner.ExecuteAsync(
            "UPDATE model_versions SET vetting_status = 'pending', vetting_attempt = 9, created_at = now() - interval '2 days'"
        );
        Directory.Delete(Path.Combine(owner.DataPath, "registry", "blobs"), recursive: true);
        await using var other = await RegistryHost.StartOnAsync(owner.ConnectionString, null);

        await Eventually.TrueAsync(async () => await owner.CountAsync("SELECT max(vetting_attempt) FROM model_versions") == 10);
        await using var third = await RegistryHost.StartOnAsync(owner.ConnectionString, null);

        var vetted = await owner.VettedAsync("lost", version);
        Assert.Equal("failed", vetted.VettingStatus);
        Assert.Contains(
            "not to be found",
            (await owner.Registry.FindVettingAsync("lost", version))!.Problems.Single().Message,
            StringComparison.Ordinal
        );
    }
}
