using System.Text;

namespace Slipway.Registry.Api.Access;

/// <summary>Name and password of basic authentication (RFC 7617).</summary>
internal sealed record BasicCredentials(string User, string Password)
{
    private const string Scheme = "Basic ";
    private const int MaxLength = 8192;

    /// <summary>What the request shows; null where it shows none, or none that can be read.</summary>
    public static BasicCredentials? Read(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || header.Length > MaxLength)
        {
            return null;
        }
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[Scheme.Length..].Trim(), bytes, out var count))
        {
            return null;
        }
        var text = Encoding.UTF8.GetString(bytes, 0, count);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : new(text[..colon], text[(colon + 1)..]);
    }

    // The generated text would show the password.
    public override string ToString() => User;
}
