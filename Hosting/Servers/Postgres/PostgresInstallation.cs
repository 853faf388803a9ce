using System.Globalization;
using System.Text.RegularExpressions;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Servers.Postgres;

/// <summary>The programs of a PostgreSQL server on this machine.</summary>
internal sealed partial record PostgresInstallation
{
    /// <summary>The oldest version that the services' SQL works with.</summary>
    public const int OldestMajor = 14;

    /// <summary>The folder with <c>initdb</c> and <c>postgres</c>.</summary>
    public required string BinFolder { get; init; }

    /// <summary>The version, such as <c>15.14</c>.</summary>
    public required string Version { get; init; }

    public required int Major { get; init; }

    public required ServerSource Source { get; init; }

    public string Program(string name) => Path.Combine(BinFolder, OperatingSystem.IsWindows() ? name + ".exe" : name);

    /// <summary>Looks at a folder; null where there is no usable server in it.</summary>
    public static async Task<PostgresInstallation?> InspectAsync(string binFolder, ServerSource source, CancellationToken cancellationToken)
    {
        var suffix = OperatingSystem.IsWindows() ? ".exe" : "";
        var postgres = Path.Combine(binFolder, "postgres" + suffix);
        if (!File.Exists(postgres) || !File.Exists(Path.Combine(binFolder, "initdb" + suffix)))
        {
            return null;
        }

        var result = await Command.RunAsync(postgres, ["--version"], TimeSpan.FromSeconds(10), "/", cancellationToken);
        var match = VersionPattern().Match(result?.Output ?? "");
        if (!match.Success)
        {
            return null;
        }

        var major = int.Parse(match.Groups["major"].ValueSpan, CultureInfo.InvariantCulture);
        return major < OldestMajor
            ? null
            : new PostgresInstallation
            {
                BinFolder = binFolder,
                Version = match.Groups["version"].Value,
                Major = major,
                Source = source,
            };
    }

    [GeneratedRegex(@"\(PostgreSQL\) (?<version>(?<major>\d+)[\w.]*)")]
    private static partial Regex VersionPattern();
}
