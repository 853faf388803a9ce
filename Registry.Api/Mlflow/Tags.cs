using Slipway.Contracts.Mlflow;

namespace Slipway.Registry.Api.Mlflow;

/// <summary>Reads tags of experiments, models and versions; runs have rules of their own.</summary>
internal static class Tags
{
    public static MlflowKeyValue Read(MlflowRequest request)
    {
        var key = MlflowRules.CheckLength(request.RequiredText("key"), MlflowRules.MaxKeyLength, "'key'");
        var value = MlflowRules.CheckLength(request.Text("value") ?? "", MlflowRules.MaxModelTagValueLength, "'value'");
        return new MlflowKeyValue(key, value);
    }

    /// <summary>Tags of a request that creates something; of equal keys the last one wins.</summary>
    public static List<MlflowKeyValue> ReadAll(MlflowRequest request) =>
        [.. request.List("tags").Select(Read).GroupBy(tag => tag.Key, StringComparer.Ordinal).Select(same => same.Last())];
}
