using Slipway.EndToEnd.Tests.Running;
using Slipway.Testing;

namespace Slipway.EndToEnd.Tests.Loop;

/// <summary>A machine with RabbitMQ installed: one process a service.</summary>
public class DistributedTests
{
    [Fact]
    public async Task AppHost_RabbitMQInstalled_RunsTheLoopWithOneProcessAService()
    {
        await using var platform = await RunningPlatform.StartAsync();
        Assert.Contains("Mode: distributed", platform.Output, StringComparison.Ordinal);
        string[] names = ["postgres", "rabbitmq", "registry", "inference", "monitoring", "training", "dashboard"];
        var pids = await Task.WhenAll(names.Select(async name => (int)(await platform.GetResourceAsync(name))["pid"]!));
        Assert.Equal(names.Length, pids.Distinct().Count());
        StoryAssert.LoopClosed(await platform.RunQuickstartAsync("--fast"));
    }

    [Fact]
    public async Task AnyProcess_KilledDuringTheStory_LosesNothing()
    {
        await using var platform = await RunningPlatform.StartAsync("--mode", "distributed");
        var story = platform.RunQuickstartAsync("--fast", "--patience-seconds", "240");
        // RabbitMQ after the others: release 3.10 writes a new quorum queue down some seconds after it has confirmed the first messages, and a broker
        // killed before that has lost the queue. Queues are declared when the services start.
        string[] victims = ["inference", "monitoring", "training", "registry", "postgres", "rabbitmq", "inference"];
        var kills = new Dictionary<string, int>();
        foreach (var victim in victims)
        {
            Assert.False(story.IsCompleted, "The story ended before everything had been killed.");
            await platform.KillAsync(victim);
            kills[victim] = kills.GetValueOrDefault(victim) + 1;
            await platform.WaitUntilRestartedAsync(victim, kills[victim]);
        }
        var result = await story;
        Assert.True(result.ExitCode == 0, $"{result.Output}\n{result.Error}\n{platform.Output}");
        StoryAssert.NothingLost(result);
    }

    [Fact]
    public async Task AppHost_Killed_LeavesNoProcessBehind()
    {
        await using var platform = await RunningPlatform.StartAsync("--mode", "distributed");
        Assert.NotEmpty(platform.Descendants());
        await platform.KillAppHostAsync();
        await Eventually.TrueAsync(() => platform.Descendants().Count == 0, description: "the guard has ended every process");
    }
}
