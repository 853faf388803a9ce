using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Run;
using Aspire.Hosting.State;
using Slipway.Hosting.Tests.Fixtures;

namespace Slipway.Hosting.Tests.Run;

public class WaitRulesTests
{
    private readonly ResourceBoard _board = new();
    private readonly IResource _other = Models.Builder().AddExecutable("other", "true", ".").Resource;

    [Theory]
    [InlineData(ResourceStates.Starting, null, false, false)]
    [InlineData(ResourceStates.Running, null, true, false)]
    [InlineData(ResourceStates.Running, "Unhealthy", true, false)]
    [InlineData(ResourceStates.Running, "Healthy", true, true)]
    public void IsMet_RunningOrHealthy_DependsOnTheKind(string state, string? health, bool started, bool healthy)
    {
        Set(state, health);
        Assert.Equal(started, WaitRules.IsMet(new WaitAnnotation(_other, WaitType.WaitUntilStarted), _board));
        Assert.Equal(healthy, WaitRules.IsMet(new WaitAnnotation(_other, WaitType.WaitUntilHealthy), _board));
    }

    [Fact]
    public void IsMet_NotOnTheBoard_IsMet() => Assert.True(WaitRules.IsMet(new WaitAnnotation(_other, WaitType.WaitUntilHealthy), _board));

    [Fact]
    public void IsMet_Completion_NeedsTheExitCode()
    {
        Set(ResourceStates.Finished, null, exitCode: 3);
        Assert.True(WaitRules.IsMet(new WaitAnnotation(_other, WaitType.WaitForCompletion, 3), _board));
        var wrong = new WaitAnnotation(_other, WaitType.WaitForCompletion);
        Assert.False(WaitRules.IsMet(wrong, _board));
        Assert.Equal("Resource 'other' ended with exit code 3, not 0.", WaitRules.Failure(wrong, _board));
    }

    [Fact]
    public void Failure_StopOnUnavailable_FailsWhereWaitingGoesOn()
    {
        Set(ResourceStates.FailedToStart, null);
        var stop = new WaitAnnotation(_other, WaitType.WaitUntilHealthy) { WaitBehavior = WaitBehavior.StopOnResourceUnavailable };
        Assert.NotNull(WaitRules.Failure(stop, _board));
        Assert.Null(WaitRules.Failure(new WaitAnnotation(_other, WaitType.WaitUntilHealthy), _board));
    }

    private void Set(string state, string? health, int? exitCode = null) =>
        _board.Add(
            new ResourceSnapshot
            {
                Name = "other",
                Type = "executable",
                State = state,
                Health = health,
                ExitCode = exitCode,
            }
        );
}
