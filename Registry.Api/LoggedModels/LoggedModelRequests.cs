using System.Buffers;
using System.Globalization;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Experiments;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.LoggedModels;

/// <summary>Reads and checks requests about logged models, by MLflow's rules.</summary>
internal static class LoggedModelRequests
{
    /// <summary>The most params, and the most tags, of one request.</summary>
    private const int MaxPairs = 1000;

    private static readonly SearchValues<char> s_forbidden = SearchValues.Create("/:.%\"'");

    public static NewLoggedModel ReadNew(MlflowRequest request)
    {
        var parameters = ReadParams(request);
        return new NewLoggedModel(
            ExperimentsApi.ParseId(request.RequiredText("experiment_id")),
            ReadName(request),
            Optional(request, "model_type"),
            request.Text("source_run_id") is { Length: > 0 } run ? MlflowRules.CheckRunId(run) : null,
            parameters,
            ReadTags(request)
        );
    }

    public static List<MlflowKeyValue> ReadParams(MlflowRequest request)
    {
        var pairs = Limit(request.List("params"), "params")
            .Select(param => new MlflowKeyValue(
                MlflowRules.CheckLength(param.RequiredText("key"), MlflowRules.MaxKeyLength, "Param key"),
                MlflowRules.Truncate(param.Text("value") ?? "", MlflowRules.MaxParamValueLength)
            ))
            .ToList();
        return pairs.GroupBy(p => p.Key, StringComparer.Ordinal).FirstOrDefault(same => same.Skip(1).Any()) is { } twice
            ? throw MlflowRefusal.Invalid(
                $"Duplicate parameter keys have been submitted: ['{MlflowRules.Shorten(twice.Key)}']. Please ensure the request contains only one param value per param key."
            )
            : pairs;
    }

    /// <summary>Of equal keys the last one wins.</summary>
    public static List<MlflowKeyValue> ReadTags(MlflowRequest request) =>
        [
            .. Limit(request.List("tags"), "tags")
                .Select(tag => new MlflowKeyValue(
                    MlflowRules.CheckLength(tag.RequiredText("key"), MlflowRules.MaxKeyLength, "Tag key"),
                    MlflowRules.Truncate(tag.Text("value") ?? "", MlflowRules.MaxRunTagValueLength)
                ))
                .GroupBy(tag => tag.Key, StringComparer.Ordinal)
                .Select(same => same.Last()),
        ];

    public static string ReadStatus(MlflowRequest request)
    {
        var status = request.Choice("status") is { Length: > 0 } given ? given : throw MlflowRefusal.Missing("status");
        var all = MlflowLoggedModelStatus.All;
        if (int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < all.Count)
        {
            status = all[number];
        }
        return all.Contains(status)
            ? status
            : throw MlflowRefusal.Invalid(
                $"Invalid logged model status '{MlflowRules.Shorten(status)}'. Valid values are [{string.Join(", ", all)}]"
            );
    }

    private static string ReadName(MlflowRequest request)
    {
        if (request.Text("name") is not { } name)
        {
            return $"model-{Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..8]}";
        }
        return name.Length > 0 && name.AsSpan().IndexOfAny(s_forbidden) < 0
            ? MlflowRules.CheckLength(name, MlflowRules.MaxNameLength, "Model name")
            : throw MlflowRefusal.Invalid(
                $"Invalid model name ('{MlflowRules.Shorten(name)}') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '\"', \"'\")"
            );
    }

    private static string? Optional(MlflowRequest request, string name) =>
        request.Text(name) is { Length: > 0 } text ? MlflowRules.CheckLength(text, MlflowRules.MaxNameLength, name) : null;

    private static IReadOnlyList<MlflowRequest> Limit(IReadOnlyList<MlflowRequest> items, string what) =>
        items.Count <= MaxPairs
            ? items
            : throw MlflowRefusal.Invalid(
                $"A request about a logged model can contain at most {MaxPairs} {what}. Got {items.Count} {what}."
            );
}
