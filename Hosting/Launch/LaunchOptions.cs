namespace Aspire.Hosting.Launch;

/// <summary>The command line of AppHost.</summary>
internal sealed record LaunchOptions
{
    public const string Usage = """
        Usage: dotnet run --project AppHost [-- options]

          --mode embedded|distributed  all services in one process, or one process each over RabbitMQ (default: by what is found)
          --data DIR                   where data is kept (default: the user's local application data folder + slipway)
          --fresh                      delete the data of earlier runs first
          --ports dynamic              take free ports instead of the usual ones
          --Ports:NAME=PORT            move one resource, such as --Ports:registry=5001 (environment: Ports__registry)
          --verbose                    show the logs of PostgreSQL and RabbitMQ too
          --environment NAME           Development, Production, ...

          --services-only --env-file FILE [--until-stdin-eof]
                                       start only PostgreSQL and RabbitMQ, with throwaway data, for tests
          --operation publish --step publish --output-path DIR
                                       write the Helm chart

        Any other setting: --Section:Key=value. See docs/decisions/0002-hosting-runtime.md.
        """;

    private static readonly string[] s_flags = ["--fresh", "--verbose", "--services-only", "--until-stdin-eof"];

    public DistributedApplicationOperation Operation { get; init; } = DistributedApplicationOperation.Run;

    public string Step { get; init; } = "publish";

    public string? OutputPath { get; init; }

    public string? EnvironmentName { get; init; }

    public LaunchMode Mode { get; init; }

    public string DataPath { get; init; } = DefaultDataPath;

    public bool Fresh { get; init; }

    public bool DynamicPorts { get; init; }

    public bool Verbose { get; init; }

    public bool ServicesOnly { get; init; }

    public string? EnvFile { get; init; }

    public bool UntilStdinEof { get; init; }

    public bool Help { get; init; }

    public bool ExceptionDetails { get; init; }

    /// <summary>The rest, in the form that configuration takes.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>What is wrong with the command line; reported when the application runs, so that it ends as a message and not as a crash.</summary>
    public string? Error { get; init; }

    private static string DefaultDataPath =>
        Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "slipway"
        );

    public static LaunchOptions Parse(IReadOnlyList<string> args)
    {
        var options = new LaunchOptions();
        var settings = new List<string>();
        for (var i = 0; i < args.Count && options.Error is null; i++)
        {
            var (name, value) = Split(args[i]);
            // The next option is not this one's value: `--data --fresh` must not make a folder named --fresh.
            string Next() => value ?? (i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal) ? args[++i] : "");
            bool Flag() => value is null or "true";
            if (value is not (null or "true" or "false") && s_flags.Contains(name))
            {
                options = options with { Error = $"{name} is 'true' or 'false', not '{value}'." };
                continue;
            }

            options = name switch
            {
                "--operation" => options.WithOperation(Next()),
                "--step" => options with { Step = Next() },
                "--output-path" => options.WithPath(name, Next(), (o, path) => o with { OutputPath = path }),
                "--environment" => options with { EnvironmentName = Next() },
                "--mode" => options.WithMode(Next()),
                "--data" => options.WithPath(name, Next(), (o, path) => o with { DataPath = path }),
                "--ports" => options.WithPorts(Next()),
                "--env-file" => options.WithPath(name, Next(), (o, path) => o with { EnvFile = path }),
                "--fresh" => options with { Fresh = Flag() },
                "--verbose" => options with { Verbose = Flag() },
                "--services-only" => options with { ServicesOnly = Flag() },
                "--until-stdin-eof" => options with { UntilStdinEof = Flag() },
                "--help" or "-h" or "-?" => options with { Help = true },
                // Passed on by `aspire publish`.
                "--log-level" => options.Ignore(Next()),
                "--include-exception-details" => options with { ExceptionDetails = Next() is "true" },
                _ when name.Contains(':', StringComparison.Ordinal) => options.Keep(settings, name, Next()),
                _ => options with { Error = $"Unknown option '{args[i]}'.\n\n{Usage}" },
            };
        }

        options = options with { Settings = settings };
        return options.Error is null && options.ServicesOnly && options.EnvFile is null
            ? options with
            {
                Error = "--services-only needs --env-file FILE: the file that the servers' addresses are written to.",
            }
            : options;
    }

    private static (string Name, string? Value) Split(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    private LaunchOptions WithOperation(string value) =>
        Enum.TryParse<DistributedApplicationOperation>(value, ignoreCase: true, out var operation)
            ? this with
            {
                Operation = operation,
            }
            : this with
            {
                Error = $"--operation is 'run' or 'publish', not '{value}'.",
            };

    private LaunchOptions WithMode(string value) =>
        value switch
        {
            "embedded" => this with { Mode = LaunchMode.Embedded },
            "distributed" => this with { Mode = LaunchMode.Distributed },
            "auto" => this with { Mode = LaunchMode.Auto },
            _ => this with { Error = $"--mode is 'embedded', 'distributed' or 'auto', not '{value}'." },
        };

    // One spelling of a folder: what belongs to it elsewhere carries a hash of its path.
    private LaunchOptions WithPath(string name, string value, Func<LaunchOptions, string, LaunchOptions> change) =>
        value.Length > 0
            ? change(this, Path.TrimEndingDirectorySeparator(Path.GetFullPath(value)))
            : this with
            {
                Error = $"{name} needs a path.",
            };

    private LaunchOptions WithPorts(string value) =>
        value switch
        {
            "dynamic" => this with { DynamicPorts = true },
            "fixed" => this with { DynamicPorts = false },
            _ => this with { Error = $"--ports is 'dynamic' or 'fixed', not '{value}'." },
        };

    private LaunchOptions Keep(List<string> settings, string name, string value)
    {
        settings.Add($"{name}={value}");
        return this;
    }

    private LaunchOptions Ignore(string value)
    {
        _ = value;
        return this;
    }
}
