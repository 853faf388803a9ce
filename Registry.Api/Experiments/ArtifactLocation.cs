using System.Text.RegularExpressions;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Artifacts;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Experiments;

/// <summary>
/// Where the artifacts of an experiment lie. A place in this store is checked as a path of it; any other address is text that clients alone follow: this server
/// neither reads nor calls it.
/// </summary>
internal static partial class ArtifactLocation
{
    private const int MaxLength = 2048;

    public static string Check(string location)
    {
        if (location.Length > MaxLength)
        {
            throw MlflowRefusal.Invalid(
                $"Invalid artifact path length. The length of the artifact path cannot be greater than {MaxLength} characters."
            );
        }
        if (location.StartsWith("runs:", StringComparison.Ordinal))
        {
            throw MlflowRefusal.Invalid($"Artifact location cannot be a runs:/ URI. Given: '{MlflowRules.Shorten(location)}'");
        }
        if (location.AsSpan().IndexOfAny('#', ';') >= 0)
        {
            throw MlflowRefusal.Invalid("'artifact_location' URL can't include fragments or params.");
        }
        var query = location.IndexOf('?', StringComparison.Ordinal);
        if (query >= 0 && FullyDecoded(location[query..]).Contains("..", StringComparison.Ordinal))
        {
            throw MlflowRefusal.Invalid($"Invalid query string: {MlflowRules.Shorten(location[(query + 1)..])}");
        }
        if (location.Any(char.IsControl))
        {
            throw Invalid(location, "it holds a control character");
        }
        if (ArtifactUri.TryGetPath(location, out var path))
        {
            return ArtifactPath.TryParse(path, out var parsed, out var error)
                ? ArtifactUri.Of(parsed.Value)
                : throw Invalid(location, error);
        }
        if (Scheme().IsMatch(location))
        {
            return location;
        }
        // As MLflow does: a plain path is one of the machine where the server runs, which a client on the same machine can reach.
        return FullyDecoded(location).Split('/', '\\').Contains("..")
            ? throw Invalid(location, "a plain path must not hold '..'")
            : Path.GetFullPath(location);
    }

    private static string FullyDecoded(string text)
    {
        for (var decoded = Uri.UnescapeDataString(text); decoded != text; decoded = Uri.UnescapeDataString(text))
        {
            text = decoded;
        }
        return text;
    }

    private static MlflowRefusal Invalid(string location, string why) =>
        MlflowRefusal.Invalid($"Invalid artifact location '{MlflowRules.Shorten(location)}': {why}.");

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.\-]*:")]
    private static partial Regex Scheme();
}
