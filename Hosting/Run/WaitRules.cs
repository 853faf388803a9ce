using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.State;

namespace Aspire.Hosting.Run;

/// <summary>Whether a wait is over.</summary>
internal static class WaitRules
{
    public static bool IsMet(WaitAnnotation wait, ResourceBoard board)
    {
        // Parameters and servers that this run does without are not on the board: there is nothing to wait for.
        if (board.Find(wait.Resource.Name) is not { } other)
        {
            return true;
        }

        return wait.WaitType switch
        {
            WaitType.WaitUntilStarted => other.State == ResourceStates.Running,
            WaitType.WaitForCompletion => other.State is ResourceStates.Finished or ResourceStates.Exited
                && other.ExitCode == wait.ExitCode,
            _ => other.IsReady,
        };
    }

    /// <summary>Why the wait can never be over; null while it can.</summary>
    public static string? Failure(WaitAnnotation wait, ResourceBoard board)
    {
        if (board.Find(wait.Resource.Name) is not { } other)
        {
            return null;
        }

        var ended = other.State is ResourceStates.Finished or ResourceStates.Exited or ResourceStates.FailedToStart;
        return wait switch
        {
            { WaitType: WaitType.WaitForCompletion } when ended && other.ExitCode is { } code && code != wait.ExitCode =>
                $"Resource '{other.Name}' ended with exit code {code}, not {wait.ExitCode}.",
            { WaitBehavior: WaitBehavior.StopOnResourceUnavailable, WaitType: not WaitType.WaitForCompletion } when ended =>
                $"Resource '{other.Name}' is not available: it is {other.State}.",
            _ => null,
        };
    }
}
