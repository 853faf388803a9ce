using System.Runtime.InteropServices;

namespace Aspire.Hosting.Processes;

/// <summary>Finds programs.</summary>
internal static class ProgramPath
{
    // Servers' tools are often here although the user's PATH does not say so.
    private static readonly string[] s_more = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/opt/homebrew/bin"];

    /// <summary>The <c>dotnet</c> that runs this process.</summary>
    public static string DotNet { get; } = FindDotNet();

    /// <summary>The full path of a program, or null.</summary>
    public static string? Find(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal) || name.Contains('\\', StringComparison.Ordinal))
        {
            return File.Exists(name) ? Path.GetFullPath(name) : null;
        }

        var file = OperatingSystem.IsWindows() && !Path.HasExtension(name) ? name + ".exe" : name;
        return Folders().Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }

    /// <summary>The folders on PATH, then the usual ones.</summary>
    public static IEnumerable<string> Folders() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(OperatingSystem.IsWindows() ? [] : s_more)
            .Distinct();

    private static string FindDotNet()
    {
        // <root>/shared/Microsoft.NETCore.App/<version>/
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var own = Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return File.Exists(own) ? own : Find("dotnet") ?? "dotnet";
    }
}
