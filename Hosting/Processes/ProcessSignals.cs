namespace Aspire.Hosting.Processes;

/// <summary>Sends signals. A process that is gone already is not an error.</summary>
internal static class ProcessSignals
{
    public static void Send(int processId, UnixSignal signal)
    {
        if (!OperatingSystem.IsWindows() && processId > 1)
        {
            _ = NativeMethods.Kill(processId, (int)signal);
        }
    }

    /// <summary>Kills what is left of a child's process group: programs that the child itself had started.</summary>
    public static void KillGroup(int leaderProcessId)
    {
        if (!OperatingSystem.IsWindows() && LaunchCommand.HasOwnGroup && leaderProcessId > 1)
        {
            _ = NativeMethods.Kill(-leaderProcessId, (int)UnixSignal.Kill);
        }
    }
}
