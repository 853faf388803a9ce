using System.Globalization;

namespace Slipway.Inference.Service.Repository;

/// <summary>
/// Triton's command-line switches, as <c>--name=value</c> or <c>--name value</c>, made into this service's settings. What is no such switch is left for the
/// configuration's own command line.
/// </summary>
internal static class RepositoryArguments
{
    private const string Section = RepositoryOptions.Section;

    /// <summary>Takes the switches out of <paramref name="args"/>; throws <see cref="FormatException"/> on a value that is none.</summary>
    public static (IReadOnlyDictionary<string, string?> Settings, string[] Others) Parse(IReadOnlyList<string> args)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        int? http = null,
            grpc = null,
            metrics = null;
        var address = "localhost";
        var rest = new List<string>();
        int repositories = 0,
            models = 0;
        for (var i = 0; i < args.Count; i++)
        {
            var (name, value) = Split(args[i]);
            if (!IsSwitch(name))
            {
                rest.Add(args[i]);
                continue;
            }
            value ??= ++i < args.Count ? args[i] : throw new FormatException($"{name} needs a value");
            switch (name)
            {
                case "--model-repository" or "--model-store":
                    settings[$"{Section}:Paths:{repositories++}"] = Path.GetFullPath(value);
                    break;
                case "--load-model":
                    settings[$"{Section}:LoadModels:{models++}"] = value;
                    break;
                case "--model-control-mode":
                    settings[$"{Section}:ControlMode"] = value is "none" or "explicit" or "poll"
                        ? value
                        : throw new FormatException($"--model-control-mode is none, explicit or poll, not '{value}'");
                    break;
                case "--repository-poll-secs":
                    settings[$"{Section}:PollInterval"] = TimeSpan.FromSeconds(Number(name, value)).ToString();
                    break;
                case "--disable-auto-complete-config" or "--strict-model-config":
                    settings[$"{Section}:RequireConfig"] = $"{Flag(name, value)}";
                    break;
                case "--http-port":
                    http = Number(name, value);
                    break;
                case "--metrics-port":
                    metrics = Number(name, value);
                    break;
                case "--grpc-port":
                    grpc = Number(name, value);
                    settings["Inference:Grpc:Port"] = $"{grpc}";
                    break;
                case "--http-address":
                    address = value;
                    break;
                case "--allow-client-shm":
                    settings["Inference:SharedMemory:Enabled"] = $"{Flag(name, value)}";
                    break;
                case "--server-name":
                    settings["Inference:V2:ServerName"] = value;
                    break;
            }
        }
        if (http is not null || grpc is not null || metrics is not null || address != "localhost")
        {
            int[] ports = [http ?? 8000, grpc ?? 8001, metrics ?? 8002];
            settings["urls"] = string.Join(';', ports.Select(port => $"http://{address}:{port}"));
        }
        return (settings, [.. rest]);
    }

    private static bool IsSwitch(string name) =>
        name
            is "--model-repository"
                or "--model-store"
                or "--load-model"
                or "--model-control-mode"
                or "--repository-poll-secs"
                or "--disable-auto-complete-config"
                or "--strict-model-config"
                or "--http-port"
                or "--metrics-port"
                or "--grpc-port"
                or "--http-address"
                or "--allow-client-shm"
                or "--server-name";

    private static (string Name, string? Value) Split(string arg)
    {
        var equals = arg.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (arg, null) : (arg[..equals], arg[(equals + 1)..]);
    }

    private static int Number(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 65535
            ? number
            : throw new FormatException($"{name} needs a number from 0 to 65535, not '{value}'");

    private static bool Flag(string name, string value) =>
        value switch
        {
            "true" or "1" => true,
            "false" or "0" => false,
            _ => throw new FormatException($"{name} is true or false, not '{value}'"),
        };
}
