using System.Globalization;
using System.Text.Json;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Runs;

/// <summary>Reads and checks what a client wants logged to a run, by MLflow's rules.</summary>
internal static class RunRequests
{
    private const int MaxModelJsonLength = 1 << 20;
    private static readonly string[] s_modelMembers = ["artifact_path", "flavors", "utc_time_created", "run_id"];

    public static RunBatch ReadBatch(MlflowRequest request)
    {
        var metrics = request.List("metrics");
        var parameters = request.List("params");
        var tags = request.List("tags");
        CheckCount(metrics.Count, LogBatchRequest.MaxItems, "metrics");
        CheckCount(parameters.Count, LogBatchRequest.MaxPairs, "params");
        CheckCount(tags.Count, LogBatchRequest.MaxPairs, "tags");
        CheckCount(metrics.Count + parameters.Count + tags.Count, LogBatchRequest.MaxItems, "metrics, params, and tags");
        var batch = new RunBatch
        {
            Metrics = [.. metrics.Select(ReadMetric)],
            Params = [.. parameters.Select(ReadParam)],
            Tags = ReadTags(tags),
        };
        var twice = batch.Params.GroupBy(p => p.Key, StringComparer.Ordinal).Where(same => same.Skip(1).Any()).Select(same => same.Key);
        var keys = string.Join(", ", twice.Select(key => $"'{key}'"));
        return keys.Length == 0
            ? batch
            : throw MlflowRefusal.Invalid(
                $"Duplicate parameter keys have been submitted: [{MlflowRules.Shorten(keys)}]. Please ensure the request contains only one param value per param key."
            );
    }

    public static MlflowMetric ReadMetric(MlflowRequest metric)
    {
        var key = MlflowRules.CheckKey(metric.RequiredText("key"), "metric", metric.PathOf("name"));
        var value = metric.Double("value") ?? throw MlflowRefusal.Missing(metric.PathOf("value"));
        var timestamp = metric.Int64("timestamp") ?? throw MlflowRefusal.Missing(metric.PathOf("timestamp"));
        if (timestamp < 0)
        {
            throw MlflowRefusal.Invalid(
                $"Invalid value {timestamp} for parameter '{metric.PathOf("timestamp")}' supplied: Got invalid timestamp {timestamp} for metric '{key}'. Timestamp must be a nonnegative long (64-bit integer)."
            );
        }
        return new MlflowMetric
        {
            Key = key,
            // As MLflow does: infinities become the largest finite numbers. Negative zero becomes zero, which is the same point.
            Value = double.IsNaN(value) ? double.NaN : Math.Clamp(value, double.MinValue, double.MaxValue) + 0.0,
            Timestamp = timestamp,
            Step = metric.Int64("step") ?? 0,
            ModelId = Optional(metric, "model_id"),
            DatasetName = Optional(metric, "dataset_name"),
            DatasetDigest = Optional(metric, "dataset_digest"),
        };
    }

    public static MlflowKeyValue ReadParam(MlflowRequest param) =>
        new(
            MlflowRules.CheckKey(param.RequiredText("key"), "parameter", param.PathOf("key")),
            MlflowRules.Truncate(param.Text("value") ?? "", MlflowRules.MaxParamValueLength)
        );

    public static MlflowKeyValue ReadTag(MlflowRequest tag)
    {
        var key = MlflowRules.CheckKey(tag.RequiredText("key"), "tag", tag.PathOf("key"));
        // The list of models grows with the run; MLflow's limit would cut it into something that is no JSON.
        var limit = key == RunTags.ModelHistory ? MaxModelJsonLength : MlflowRules.MaxRunTagValueLength;
        return new MlflowKeyValue(key, MlflowRules.Truncate(tag.Text("value") ?? "", limit));
    }

    /// <summary>A new run's name and tags, which hold the name too.</summary>
    public static (string Name, List<MlflowKeyValue> Tags) ReadNameAndTags(MlflowRequest request)
    {
        var tags = ReadTags(request.List("tags"));
        var named = tags.FirstOrDefault(t => t.Key == RunTags.RunName)?.Value;
        var name = request.Text("run_name");
        if (!string.IsNullOrEmpty(name) && named is not null && name != named)
        {
            throw MlflowRefusal.Invalid(
                $"Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='{MlflowRules.Shorten(name)}', mlflow.runName='{MlflowRules.Shorten(named)}')."
            );
        }
        name =
            !string.IsNullOrEmpty(name) ? name
            : !string.IsNullOrEmpty(named) ? named
            : $"run-{Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..8]}";
        name = MlflowRules.Truncate(name, MlflowRules.MaxRunTagValueLength);
        tags.RemoveAll(t => t.Key == RunTags.RunName);
        tags.Add(new MlflowKeyValue(RunTags.RunName, name));
        return (name, tags);
    }

    public static string? ReadStatus(MlflowRequest request)
    {
        var status = request.Choice("status");
        if (string.IsNullOrEmpty(status))
        {
            return null;
        }
        if (int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            status = number >= 1 && number <= MlflowRunStatus.All.Count ? MlflowRunStatus.All[number - 1] : status;
        }
        return MlflowRunStatus.All.Contains(status)
            ? status
            : throw MlflowRefusal.Invalid(
                $"Invalid run status '{MlflowRules.Shorten(status)}'. Valid values are [{string.Join(", ", MlflowRunStatus.All)}]"
            );
    }

    /// <summary>The MLmodel file as JSON, with the members that MLflow's server asks for.</summary>
    public static string ReadModelJson(MlflowRequest request)
    {
        var json = request.RequiredText("model_json");
        if (json.Length > MaxModelJsonLength)
        {
            throw MlflowRefusal.Invalid($"The model_json has {json.Length} characters; at most {MaxModelJsonLength} are allowed.");
        }
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw MlflowRefusal.Invalid("Malformed model info: it must be a JSON object.");
            }
            var missing = s_modelMembers.Where(name => LenientJson.Find(document.RootElement, name) is null).ToList();
            return missing.Count == 0
                ? json
                : throw MlflowRefusal.Invalid($"Model json is missing mandatory fields: {string.Join(", ", missing)}");
        }
        catch (JsonException)
        {
            throw MlflowRefusal.Invalid("Malformed model info: model_json is not valid JSON.");
        }
    }

    private static List<MlflowKeyValue> ReadTags(IReadOnlyList<MlflowRequest> tags) =>
        [.. tags.Select(ReadTag).GroupBy(t => t.Key, StringComparer.Ordinal).Select(same => same.Last())];

    private static string? Optional(MlflowRequest metric, string name) =>
        metric.Text(name) is { Length: > 0 } text ? MlflowRules.CheckLength(text, MlflowRules.MaxNameLength, name) : null;

    private static void CheckCount(int count, int limit, string what)
    {
        if (count > limit)
        {
            throw MlflowRefusal.Invalid(
                $"A batch logging request can contain at most {limit} {what}. Got {count} {what}. Please split up {what} across multiple requests and try again."
            );
        }
    }
}
