using Microsoft.AspNetCore.Http.Features;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>Reads the paths that clients give, or refuses them with 400.</summary>
internal static class ArtifactPathReader
{
    /// <summary>A path in a parameter. Slashes that arrive encoded are slashes.</summary>
    public static ArtifactPath Parse(string? path) =>
        ArtifactPath.TryParse(path?.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), out var parsed, out var error)
            ? parsed
            : throw MlflowRefusal.Invalid($"Invalid path: {error}.");

    /// <summary>
    /// A path in the URL. The web server resolves dot segments before routing: a request that held one is refused all the same, since it would act on another path
    /// than the one it names.
    /// </summary>
    public static ArtifactPath ParseRoute(string? path, HttpContext http)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return Uri.UnescapeDataString(target.Split('?')[0]).Split('/').Any(segment => segment is "." or "..")
            ? throw MlflowRefusal.Invalid("Invalid path: it must not hold '.' or '..'.")
            : Parse(path);
    }

    /// <summary>The path of a folder, which may end in a slash; null for the root, which an absent or empty path stands for.</summary>
    public static ArtifactPath? ParseFolder(string? path)
    {
        var trimmed = path?.TrimEnd('/');
        return string.IsNullOrEmpty(trimmed) && path?.StartsWith('/') is not true ? null : Parse(trimmed);
    }
}
