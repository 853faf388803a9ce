using System.Globalization;

namespace Aspire.Hosting.Processes;

/// <summary>Tells a process from a later one that got the same id.</summary>
internal static class ProcessIdentity
{
    /// <summary>When the process started, in a form that only serves to compare; null where it does not run (any more).</summary>
    public static async Task<string?> GetStartTokenAsync(int processId, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsLinux())
        {
            return ReadProc(processId);
        }

        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        return (await AskPsAsync("lstart=", processId, cancellationToken))?.Replace(" ", "", StringComparison.Ordinal);
    }

    /// <summary>The command line of a process; null where it does not run (any more).</summary>
    public static async Task<string?> GetCommandLineAsync(int processId, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return OperatingSystem.IsWindows() ? null : await AskPsAsync("command=", processId, cancellationToken);
        }

        // Not by ps: small images do not have it.
        if (ReadProc(processId) is null)
        {
            return null;
        }

        try
        {
            return (await File.ReadAllTextAsync($"/proc/{processId}/cmdline", cancellationToken)).Replace('\0', ' ');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static async Task<string?> AskPsAsync(string column, int processId, CancellationToken cancellationToken)
    {
        var id = processId.ToString(CultureInfo.InvariantCulture);
        var result = await Command.RunAsync("ps", ["-o", column, "-p", id], TimeSpan.FromSeconds(5), "/", cancellationToken);
        var text = result?.Output.Trim();
        return string.IsNullOrEmpty(text) ? null : text;
    }

    private static string? ReadProc(int processId)
    {
        try
        {
            // pid (name) state ppid ...: the name may hold spaces and parentheses. Field 22 is the start time in clock ticks since boot.
            var text = File.ReadAllText($"/proc/{processId}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : fields[19];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
