using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Registry.Api.Access;

/// <summary>
/// The text of an API token: <c>slw_{id}_{secret}</c>. The id finds the row; of the secret, 256 random bits, only a salted hash is kept, compared in constant time.
/// </summary>
internal static class TokenSecret
{
    public const string Prefix = "slw_";
    private const int IdBytes = 8;
    private const int SecretBytes = 32;
    private const int MaxLength = 128;

    public static (string Id, string Text) Create()
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        return (id, $"{Prefix}{id}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}");
    }

    public static bool Is(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The id of a token; null where the text is none.</summary>
    public static string? ReadId(string text)
    {
        var end = Prefix.Length + (IdBytes * 2);
        return Is(text) && text.Length > end + 1 && text.Length <= MaxLength && text[end] == '_' ? text[Prefix.Length..end] : null;
    }

    public static byte[] Hash(byte[] salt, string text) => HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(text));

    public static bool Verify(byte[] salt, byte[] hash, string text) => CryptographicOperations.FixedTimeEquals(hash, Hash(salt, text));

    /// <summary>Whether two secrets are the same, in a time that tells nothing of either.</summary>
    public static bool Same(string expected, string given) =>
        CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(expected)),
            SHA256.HashData(Encoding.UTF8.GetBytes(given))
        );
}
