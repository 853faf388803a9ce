namespace Slipway.Inference.Service.Predictions;

/// <summary>Takes the path of a prediction route apart: <c>/v2/models/{name}[/versions/{version}]/infer</c> and <c>/v1/models/{name}[/versions/{version}]:predict</c>.</summary>
internal static class PredictionPath
{
    private const string V2Prefix = "/v2/models/";
    private const string V2Suffix = "/infer";
    private const string V1Prefix = "/v1/models/";
    private const string V1Suffix = ":predict";
    private const string Versions = "/versions/";

    /// <summary>False for every other path, also for those that only routing understands, such as another spelling of the fixed words.</summary>
    public static bool TryParse(string path, out bool isV1, out string name, out string? version)
    {
        isV1 = path.StartsWith(V1Prefix, StringComparison.Ordinal);
        (name, version) = ("", null);
        if (!isV1 && !path.StartsWith(V2Prefix, StringComparison.Ordinal))
        {
            return false;
        }
        var suffix = isV1 ? V1Suffix : V2Suffix;
        var middle = path.AsSpan(V2Prefix.Length);
        if (!middle.EndsWith(suffix, StringComparison.Ordinal))
        {
            return false;
        }
        middle = middle[..^suffix.Length];
        var slash = middle.IndexOf('/');
        if (slash >= 0)
        {
            var rest = middle[slash..];
            if (!rest.StartsWith(Versions, StringComparison.Ordinal) || rest[Versions.Length..].IndexOf('/') >= 0)
            {
                return false;
            }
            version = rest[Versions.Length..].ToString();
            middle = middle[..slash];
        }
        name = middle.ToString();
        return name.Length > 0 && version is not "";
    }
}
