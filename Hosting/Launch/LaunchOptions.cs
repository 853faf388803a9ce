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
            string Next() => value ?? (i + 1 < args.Count ? args[++i] : "");
            options = name switch
            {
                "--operation" => options.WithOperation(Next()),
                "--step" => options with { Step = Next() },
                "--output-path" => options with { OutputPath = Path.GetFullPath(Next()) },
                "--environment" => options with { EnvironmentName = Next() },
                "--mode" => options.WithMode(Next()),
                "--data" => options.WithData(Next()),
                "--ports" => options.WithPorts(Next()),
                "--env-file" => options with { EnvFile = Path.GetFullPath(Next()) },
                "--fresh" => options with { Fresh = true },
                "--verbose" => options with { Verbose = true },
                "--services-only" => options with { ServicesOnly = true },
                "--until-stdin-eof" => options with { UntilStdinEof = true },
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

    private LaunchOptions WithData(string value) =>
        value.Length > 0 ? this with { DataPath = Path.GetFullPath(value) } : this with { Error = "--data needs a folder." };

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
