using System.Text.RegularExpressions;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Models;

/// <summary>
/// What a version's source may be. It is text for clients to follow: this server itself reads nothing but its own store. Still, what would lead a client, or
/// another server, out of the folder that it names is refused.
/// </summary>
internal static partial class SourceRules
{
    private const int MaxDecodings = 16;

    public static void Check(string source)
    {
        var scheme = SchemePattern().Match(source) is { Success: true, Groups: [_, { Value: { Length: > 1 } name }] } ? name : "";
        if (scheme.Length == 0 || scheme.Equals("file", StringComparison.OrdinalIgnoreCase))
        {
            // Artifacts of runs are never local paths here, so no local path is inside one.
            throw MlflowRefusal.Invalid(
                $"Invalid model version source: '{MlflowRules.Shorten(source)}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id. This server keeps artifacts in its own store: upload the files and name them as mlflow-artifacts:/path or runs:/run_id/path."
            );
        }
        var text = source;
        for (var i = 0; i < MaxDecodings; i++)
        {
            if (text.Contains('\0', StringComparison.Ordinal) || text.Split('/', '\\').Contains(".."))
            {
                throw Relative(source);
            }
            // Python's unquote_plus, which MLflow's clients use.
            var decoded = Uri.UnescapeDataString(text.Replace('+', ' '));
            if (decoded == text)
            {
                return;
            }
            text = decoded;
        }
        throw Relative(source);
    }

    private static MlflowRefusal Relative(string source) =>
        MlflowRefusal.Invalid(
            $"Invalid model version source: '{MlflowRules.Shorten(source)}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path."
        );

    [GeneratedRegex(@"^([A-Za-z][A-Za-z0-9+.\-]*):")]
    private static partial Regex SchemePattern();
}
