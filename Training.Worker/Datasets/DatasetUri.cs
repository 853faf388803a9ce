using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Slipway.Contracts.Identifiers;
using Slipway.Contracts.Mlflow;

namespace Slipway.Training.Worker.Datasets;

/// <summary>The address of a dataset. Only the two forms below exist, so that nobody can make this service fetch an address of their choice.</summary>
internal abstract record DatasetUri
{
    public const string PredictionsScheme = "predictions:";

    public static bool TryParse(string? text, [NotNullWhen(true)] out DatasetUri? uri, [NotNullWhen(false)] out string? error)
    {
        uri = null;
        if (string.IsNullOrEmpty(text))
        {
            error = "A dataset address must not be empty.";
            return false;
        }
        if (ArtifactUri.TryGetPath(text, out var path))
        {
            error = CheckPath(path);
            uri = error is null ? new ArtifactDataset(path) : null;
            return error is null;
        }
        if (text.StartsWith(PredictionsScheme, StringComparison.Ordinal))
        {
            return TryParsePredictions(text, out uri, out error);
        }
        error =
            $"'{Shorten(text)}' is not a dataset address: it must begin with {ArtifactUri.Scheme}/ (a file in the registry's artifact store) or "
            + $"{PredictionsScheme}/ (an endpoint's logged predictions with their outcomes).";
        return false;
    }

    private static string? CheckPath(string path) =>
        path.Length == 0 ? "A dataset address must name a file."
        : path.Split('/').Any(part => part is "" or "." or "..") || path.Contains('\\', StringComparison.Ordinal)
            ? $"The path '{Shorten(path)}' must be a plain path of the artifact store, without empty, '.' or '..' parts."
        : null;

    private static bool TryParsePredictions(string text, out DatasetUri? uri, out string? error)
    {
        uri = null;
        var rest = text[PredictionsScheme.Length..].TrimStart('/');
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        var endpoint = Uri.UnescapeDataString(question < 0 ? rest : rest[..question]);
        if (!EndpointName.TryParse(endpoint, out var name, out error))
        {
            return false;
        }
        DateTimeOffset? from = null;
        DateTimeOffset? to = null;
        foreach (var pair in (question < 0 ? "" : rest[(question + 1)..]).Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? pair : pair[..equals];
            // Not form decoding: the plus sign of a time zone stays a plus sign.
            var value = Uri.UnescapeDataString(equals < 0 ? "" : pair[(equals + 1)..]);
            var isTime = DateTimeOffset.TryParse(
                value,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var time
            );
            switch (key)
            {
                case "from" when isTime && from is null:
                    from = time;
                    break;
                case "to" when isTime && to is null:
                    to = time;
                    break;
                default:
                    error =
                        $"'{Shorten(pair)}' in a predictions address is not understood: it takes from and to, each once, as ISO 8601 times.";
                    return false;
            }
        }
        if (from >= to)
        {
            error = "The range of a predictions address is empty: from must be before to.";
            return false;
        }
        uri = new PredictionsDataset(name.Value, from, to);
        return true;
    }

    private static string Shorten(string text) => text.Length <= 100 ? text : string.Concat(text.AsSpan(0, 100), "…");
}
