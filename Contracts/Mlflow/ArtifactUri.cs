namespace Slipway.Contracts.Mlflow;

/// <summary>The address of something in the registry's artifact store: <c>mlflow-artifacts:/path</c>.</summary>
public static class ArtifactUri
{
    /// <summary>The scheme with its colon.</summary>
    public const string Scheme = "mlflow-artifacts:";

    /// <summary>
    /// The path in the store, without slashes at its ends; false where <paramref name="uri"/> has another scheme. <c>mlflow-artifacts://host/path</c>
    /// names the same store: its authority is left out.
    /// </summary>
    public static bool TryGetPath(string uri, out string path)
    {
        ArgumentNullException.ThrowIfNull(uri);
        path = "";
        if (!uri.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return false;
        }
        var rest = uri.AsSpan(Scheme.Length);
        if (rest.StartsWith("//", StringComparison.Ordinal))
        {
            var slash = rest[2..].IndexOf('/');
            rest = slash < 0 ? [] : rest[(2 + slash)..];
        }
        path = rest.Trim('/').ToString();
        return true;
    }

    /// <summary>The address of <paramref name="path"/>.</summary>
    public static string Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return $"{Scheme}/{path.TrimStart('/')}";
    }

    /// <summary>Joins two parts of an address or a path with exactly one slash.</summary>
    public static string Join(string left, string right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return right.Length == 0 ? left : $"{left.TrimEnd('/')}/{right.TrimStart('/')}";
    }
}
