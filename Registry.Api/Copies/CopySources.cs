using Microsoft.Extensions.Options;

namespace Slipway.Registry.Api.Copies;

/// <summary>The allow-list: a request names a source, and only what the configuration says is called.</summary>
internal sealed class CopySources(IOptions<CopyOptions> options)
{
    private readonly Dictionary<Uri, CopySource> _byAddress = options.Value.Sources.ToDictionary(s => Normal(s.Url)!, s => s);

    /// <summary>The address as it is called, and kept; null for one that is not listed.</summary>
    public Uri? Find(string from) => Normal(from) is { } address && _byAddress.ContainsKey(address) ? address : null;

    public string? TokenOf(Uri address) => _byAddress.GetValueOrDefault(address)?.Token;

    /// <summary>With a slash at its end, without query, fragment and credentials; null for what is no address of a web server.</summary>
    public static Uri? Normal(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri is { UserInfo: "", Query: "", Fragment: "" }
            ? new Uri(uri.AbsoluteUri.TrimEnd('/') + "/")
            : null;
}
