namespace Slipway.Registry.Api.Alone;

/// <summary>The command line of the registry's own program.</summary>
/// <param name="DataPath">The folder that keeps everything; null where servers and folders come from the configuration.</param>
/// <param name="Throwaway">Whether the data need not survive a power cut; without a folder, nor the program's end.</param>
/// <param name="Settings">The rest, in the form that configuration takes.</param>
/// <param name="Problem">What is wrong with the command line, or null.</param>
internal sealed record CommandLine(string? DataPath, bool Throwaway, string[] Settings, bool Help, string? Problem)
{
    public const string Usage = """
        Usage: dotnet run --project Registry.Api [-- options]

          --data DIR    run alone: a PostgreSQL of its own and all files in DIR, messages within the process
          --throwaway   the data need not survive a power cut: faster; without --data it is deleted at the end
          --urls URL    where to listen (default: http://localhost:5000)

        Any other setting: --Section:Key=value. Without --data and --throwaway, ConnectionStrings:registrydb and
        ConnectionStrings:rabbitmq say where the servers are; with them, each that is set is used all the same.
        """;

    /// <summary>Whether the program brings the servers that the configuration does not name.</summary>
    public bool IsAlone => DataPath is not null || Throwaway;

    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        var result = new CommandLine(null, false, [], false, null);
        var settings = new List<string>();
        for (var i = 0; i < args.Count; i++)
        {
            var equals = args[i].IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (args[i], null) : (args[i][..equals], args[i][(equals + 1)..]);
            switch (name)
            {
                case "--data":
                    // The next option is not this one's value: `--data --throwaway` must not make a folder of that name.
                    value ??= i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal) ? args[++i] : "";
                    result = value.Length == 0 ? result with { Problem = "--data needs a folder." } : result with { DataPath = value };
                    break;
                case "--throwaway":
                    result = bool.TryParse(value ?? "true", out var throwaway)
                        ? result with
                        {
                            Throwaway = throwaway,
                        }
                        : result with
                        {
                            Problem = $"--throwaway is 'true' or 'false', not '{value}'.",
                        };
                    break;
                case "--help" or "-h" or "-?":
                    result = result with { Help = true };
                    break;
                default:
                    settings.Add(args[i]);
                    break;
            }
        }
        return result with { Settings = [.. settings] };
    }
}
