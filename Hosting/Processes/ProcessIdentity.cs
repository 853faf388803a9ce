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

        var id = processId.ToString(CultureInfo.InvariantCulture);
        var result = await Command.RunAsync("ps", ["-o", "lstart=", "-p", id], TimeSpan.FromSeconds(5), "/", cancellationToken);
        var text = result?.Output.Replace(" ", "", StringComparison.Ordinal).Trim();
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
