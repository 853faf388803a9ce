using System.Text.RegularExpressions;

namespace Slipway.Registry.Api.Mlflow;

/// <summary>MLflow's rules for keys, ids, names and lengths.</summary>
internal static partial class MlflowRules
{
    public const int MaxKeyLength = 250;
    public const int MaxParamValueLength = 6000;
    public const int MaxRunTagValueLength = 8000;
    public const int MaxModelTagValueLength = 100_000;
    public const int MaxNameLength = 500;
    public const int MaxDescriptionLength = 100_000;

    /// <summary>
    /// The key of a metric, param or run tag: also a file path in MLflow's file store, hence the rule. <paramref name="path"/> is where the request has it.
    /// </summary>
    public static string CheckKey(string key, string what, string path)
    {
        if (key.Length > MaxKeyLength)
        {
            throw TooLong($"{what} name", key, MaxKeyLength);
        }
        if (!KeyPattern().IsMatch(key))
        {
            throw InvalidKey(
                key,
                what,
                path,
                "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)."
            );
        }
        if (key[0] != '.' && !key.Contains('/', StringComparison.Ordinal))
        {
            return key;
        }
        var normal = NormalPath(key);
        return normal == key && key is not "." && !key.StartsWith("..", StringComparison.Ordinal) && !key.StartsWith('/')
            ? key
            : throw InvalidKey(
                key,
                what,
                path,
                $"Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '{normal}'"
            );
    }

    public static string CheckRunId(string runId) =>
        RunIdPattern().IsMatch(runId)
            ? runId
            : throw MlflowRefusal.Invalid(
                $"Invalid value \"{Shorten(runId)}\" for parameter 'run_id' supplied: Invalid run ID: '{Shorten(runId)}'"
            );

    public static string CheckModelName(string name)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            throw MlflowRefusal.Invalid("Registered model name cannot be empty.");
        }
        if (!Contracts.Identifiers.ModelName.TryParse(name, out _, out var error))
        {
            throw MlflowRefusal.Invalid($"Invalid registered model name: '{Shorten(name)}'. {error}");
        }
        return name;
    }

    public static string CheckAlias(string alias)
    {
        if (alias.Length is 0 or > 255 || !AliasPattern().IsMatch(alias))
        {
            throw MlflowRefusal.Invalid(
                $"Invalid alias name: '{Shorten(alias)}'. Names may only contain alphanumerics, underscores (_) and dashes (-), and have 1 to 255 characters."
            );
        }
        if (alias.Equals("latest", StringComparison.OrdinalIgnoreCase) || VersionAliasPattern().IsMatch(alias))
        {
            throw MlflowRefusal.Invalid($"'{alias}' alias name (case insensitive) is reserved.");
        }
        return alias;
    }

    /// <summary>The version's number; a positive decimal integer.</summary>
    public static int CheckVersion(string version) =>
        int.TryParse(version, System.Globalization.NumberStyles.None, null, out var number)
            ? number
            : throw MlflowRefusal.Invalid($"Parameter 'version' must be an integer, got '{Shorten(version)}'.");

    public static string CheckLength(string value, int limit, string what) =>
        value.Length <= limit ? value : throw TooLong(what, value, limit);

    public static string Truncate(string value, int limit) =>
        value.Length <= limit ? value
        : char.IsHighSurrogate(value[limit - 1]) ? value[..(limit - 1)]
        : value[..limit];

    public static string Shorten(string value) => value.Length <= 100 ? value : value[..100] + "...";

    // The words of both lines of MLflow's releases: clients look for either.
    private static MlflowRefusal TooLong(string what, string value, int limit) =>
        MlflowRefusal.Invalid(
            $"{what} exceeds the maximum length of {limit} characters: '{Shorten(value)}' had length {value.Length}, which exceeded length limit of {limit}"
        );

    private static MlflowRefusal InvalidKey(string key, string what, string path, string why) =>
        MlflowRefusal.Invalid($"Invalid value \"{key}\" for parameter '{path}' supplied: Invalid {what} name: '{key}'. {why}");

    private static string NormalPath(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part is "" or ".")
            {
                continue;
            }
            if (part == ".." && parts.Count > 0 && parts[^1] != "..")
            {
                parts.RemoveAt(parts.Count - 1);
                continue;
            }
            parts.Add(part);
        }
        return string.Join('/', parts);
    }

    [GeneratedRegex(@"^[/\w.\- :]*\z")]
    private static partial Regex KeyPattern();

    [GeneratedRegex(@"^[a-zA-Z0-9][\w\-]{0,255}\z")]
    private static partial Regex RunIdPattern();

    [GeneratedRegex(@"^[\w\-]*\z")]
    private static partial Regex AliasPattern();

    [GeneratedRegex(@"^[vV]\d+\z")]
    private static partial Regex VersionAliasPattern();
}
