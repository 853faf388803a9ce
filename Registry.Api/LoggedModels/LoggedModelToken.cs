using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.LoggedModels;

/// <summary>A page token that is good for its own search alone: it holds digests of the experiments, the filter and the order.</summary>
internal static class LoggedModelToken
{
    public static string Seal(LoggedModelQuery query, string token) =>
        Convert.ToBase64String(
            Encoding.UTF8.GetBytes(
                $$"""{"experiments":"{{Experiments(query)}}","filter":"{{Filter(query)}}","order":"{{Order(query)}}","page":"{{token}}"}"""
            )
        );

    /// <summary>The token of the page, after checking that it belongs to the search; null for the first page.</summary>
    public static string? Open(LoggedModelQuery query)
    {
        if (string.IsNullOrEmpty(query.PageToken))
        {
            return null;
        }
        var root = PageToken.Decode(query.PageToken);
        Check(root, "experiments", Experiments(query), "Experiment IDs in the page token do not match the requested experiment IDs.");
        Check(root, "filter", Filter(query), "Filter string in the page token does not match the requested filter string.");
        Check(root, "order", Order(query), "Order by in the page token does not match the requested order by.");
        return Text(root, "page");
    }

    private static void Check(JsonElement root, string name, string expected, string message)
    {
        if (Text(root, name) != expected)
        {
            throw MlflowRefusal.Invalid(message);
        }
    }

    private static string Text(JsonElement root, string name) =>
        LenientJson.Find(root, name) is { ValueKind: JsonValueKind.String } value && Encoding.ASCII.GetBytes(value.GetRawText()) is { } raw
            ? Encoding.ASCII.GetString(raw).Trim('"')
            : throw MlflowRefusal.Invalid("Invalid page token, could not be decoded.");

    private static string Experiments(LoggedModelQuery query) => Digest(string.Join(',', query.ExperimentIds));

    private static string Filter(LoggedModelQuery query) =>
        Digest(
            $"{query.Filter}\n{string.Join('\n', query.Datasets.Select(d => JsonEncodedText.Encode($"{d.Name}\0{d.Digest}").ToString()))}"
        );

    private static string Order(LoggedModelQuery query) =>
        Digest(string.Join('\n', query.OrderBy.Select(o => $"{o.FieldName}\0{o.Ascending}\0{o.DatasetName}\0{o.DatasetDigest}")));

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
}
