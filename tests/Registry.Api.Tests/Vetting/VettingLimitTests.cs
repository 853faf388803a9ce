using System.Globalization;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Vetting;

/// <summary>A vetting program that hangs, grows, crashes or talks nonsense harms nobody but its own version.</summary>
public sealed class VettingLimitTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task Program_ThatHangs_IsKilledWithItsChildren()
    {
        // The child writes its number, and would outlive its parent if only that were killed.
        var pid = _folder.Combine("pid");
        await AssertFailsAsync($"sleep 600 & echo $! > {pid}; wait", "time_limit", ("Registry:Vetting:TimeoutSeconds", "1"));

        var child = int.Parse(await File.ReadAllTextAsync(pid), CultureInfo.InvariantCulture);
        await Eventually.TrueAsync(() => IsGone(child));
    }

    [Fact]
    public Task Program_ThatTakesTooMuchMemory_IsKilled() =>
        // Doubles a string until it is some hundred megabytes long.
        AssertFailsAsync(
            "x=0123456789abcdef; while true; do x=$x$x; [ ${#x} -gt 200000000 ] && sleep 600; done",
            "memory_limit",
            ("Registry:Vetting:MemoryLimitBytes", (64L << 20).ToString(CultureInfo.InvariantCulture))
        );

    [Theory]
    [InlineData("exit 0")]
    [InlineData("echo nonsense; exit 0")]
    [InlineData("echo '{\"status\":\"passed\"}'; exit 3")]
    [InlineData("echo '{\"status\":\"passed\"}'; exit 139")]
    [InlineData("kill -SEGV $$")]
    [InlineData("yes | head -c 20000000; sleep 600")]
    public Task Program_ThatEndsBadly_FailsTheVersion(string script) => AssertFailsAsync(script, "vetting_crashed");

    [Fact]
    public async Task Program_ThatQuotesANullCharacter_IsHeard()
    {
        // A name in a hostile model may hold one; the database's JSON cannot.
        var engine = FakeEngine.Write(
            _folder,
            """printf '%s' '{"status":"failed","problems":[{"code":"bad_name","message":"input a\u0000b"}]}'; exit 3"""
        );
        await using var host = await RegistryHost.StartAsync(("Registry:Vetting:EnginePath", engine));
        await host.RegisterAsync("m", Files.Good);

        var problem = Assert.Single((await host.VettedAsync("m", 1)).Vetting!.Problems);

        Assert.Equal(("bad_name", "input a\uFFFDb"), (problem.Code, problem.Message));
    }

    [Fact]
    public async Task Program_GetsNoSecretOfTheRegistry()
    {
        var dump = _folder.Combine("environment");
        Environment.SetEnvironmentVariable("ConnectionStrings__vettingtest", "secret");
        await AssertFailsAsync($"env > {dump}; exit 9", "vetting_crashed");

        Assert.DoesNotContain("ConnectionStrings", await File.ReadAllTextAsync(dump), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private async Task AssertFailsAsync(string script, string code, params (string, string)[] settings)
    {
        var engine = FakeEngine.Write(_folder, script);
        await using var host = await RegistryHost.StartAsync([("Registry:Vetting:EnginePath", engine), .. settings]);
        var (_, version) = await host.RegisterAsync("m", Files.Good);

        var vetted = await host.VettedAsync("m", version);

        Assert.Equal("failed", vetted.VettingStatus);
        Assert.Equal(code, Assert.Single(vetted.Vetting!.Problems).Code);
        await Eventually.TrueAsync(() => Directory.GetDirectories(Path.Combine(host.DataPath, "registry", "vetting")).Length == 0);
    }

    private static bool IsGone(int pid)
    {
        try
        {
            // A zombie that nobody has reaped yet counts as gone.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].StartsWith('Z');
        }
        catch (IOException)
        {
            return true;
        }
    }
}
