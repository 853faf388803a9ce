using System.Security.Cryptography;
using System.Text;
using Slipway.Registry.Api.Artifacts.Storage;

namespace Slipway.Registry.Api.Models;

/// <summary>The digest of a version: SHA-256 over its files sorted by path, each as <c>path NUL digest LF</c>. Equal digests mean equal models.</summary>
internal static class VersionDigest
{
    public static string Of(IEnumerable<(string Path, Blob Blob)> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, blob) in files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{path}\0{blob.Sha256}\n"));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
