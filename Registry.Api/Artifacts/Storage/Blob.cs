using System.Buffers;

namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>Bytes by content address: SHA-256 in lower-case hexadecimal.</summary>
internal readonly record struct Blob(string Sha256, long SizeBytes)
{
    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789abcdef");

    public static bool IsDigest(string text) => text.Length == 64 && !text.AsSpan().ContainsAnyExcept(s_digits);
}
