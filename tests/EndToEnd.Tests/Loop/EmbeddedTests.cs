using Slipway.EndToEnd.Tests.Pages;
using Slipway.EndToEnd.Tests.Running;
using Slipway.Testing;

namespace Slipway.EndToEnd.Tests.Loop;

/// <summary>A machine with the .NET SDK and Node alone: no broker, no container engine, PostgreSQL from npm.</summary>
public class EmbeddedTests
{
    private static readonly string[] s_bareMachine = ["--Hosting:RabbitMQSource=none", "--Hosting:PostgresSource=npm"];

    [Fact]
    public async Task AppHost_BareMachine_RunsTheLoopInOneProcessAndShowsIt()
    {
        await using var platform = await RunningPlatform.StartAsync(s_bareMachine);
        Assert.Contains("Mode: embedded", platform.Output, StringComparison.Ordinal);
        Assert.Contains("(from npm)", platform.Output, StringComparison.Ordinal);
        StoryAssert.LoopClosed(await platform.RunQuickstartAsync("--fast"));
        await DashboardCheck.EveryPageShowsTheStoryAsync(platform);
    }

    [Fact]
    public async Task AppHost_CtrlC_StopsEverythingAndEndsWell()
    {
        await using var platform = await RunningPlatform.StartAsync(s_bareMachine);
        Assert.NotEmpty(platform.Descendants());
        Assert.Equal(0, await platform.InterruptAsync());
        Assert.Empty(platform.Descendants());
    }
}
