namespace Aspire.Hosting.Processes;

/// <summary>Puts what a child needs in front of its command line: a session of its own, and less privilege.</summary>
internal static class LaunchCommand
{
    // A child that shares AppHost's process group would get the terminal's Ctrl-C itself, all of them at once: databases would go before the
    // services that still write to them. In a session of its own it can be stopped in order, and with everything that it started.
    private static readonly string[] s_newSession = FindNewSession();

    /// <summary>Whether a child leads a process group of its own.</summary>
    public static bool HasOwnGroup => s_newSession.Length > 0;

    /// <summary>The full command line. Each wrapper replaces itself by the next program, so the process id stays the same.</summary>
    public static IReadOnlyList<string> Build(ProcessSpec spec)
    {
        var program =
            ProgramPath.Find(spec.FileName) ?? throw new DistributedApplicationException($"The program '{spec.FileName}' was not found.");
        IEnumerable<string> commandLine = [program, .. spec.Arguments];
        if (spec.RunAs is { } account)
        {
            commandLine = account.Wrap(commandLine);
        }

        return [.. s_newSession, .. commandLine];
    }

    private static string[] FindNewSession()
    {
        if (OperatingSystem.IsWindows())
        {
            return [];
        }

        if (ProgramPath.Find("setsid") is { } setsid)
        {
            return [setsid];
        }

        // macOS has no setsid program, but always perl.
        return ProgramPath.Find("perl") is { } perl ? [perl, "-e", "use POSIX; POSIX::setsid(); exec { $ARGV[0] } @ARGV or die", "--"] : [];
    }
}
