using System.Net.Http.Headers;
using System.Text;

namespace Slipway.Registry.Api.Access;

/// <summary>
/// Who makes the request, as a handler's parameter. While access control is off this is whoever the request says (the header <c>X-Slipway-User</c>, or the name of
/// basic authentication), or <see cref="Anonymous"/>, and may do everything.
/// </summary>
internal sealed record Caller(string Name)
{
    public const string UserHeader = "X-Slipway-User";

    private const int MaxNameLength = 200;

    /// <summary>The caller without a name.</summary>
    public static Caller Anonymous { get; } = new("anonymous");

    /// <summary>Called by the framework for a handler's parameter.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext http) => new(Of(http));

    /// <summary>The caller of a request.</summary>
    public static Caller Of(HttpContext http) => http.Features.Get<Caller>() ?? Claimed(http.Request);

    private static Caller Claimed(HttpRequest request)
    {
        var name = request.Headers[UserHeader].ToString();
        if (
            name.Length == 0
            && AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header)
            && header.Scheme == "Basic"
        )
        {
            var bytes = new byte[header.Parameter?.Length ?? 0];
            name = Convert.TryFromBase64String(header.Parameter ?? "", bytes, out var count)
                ? Encoding.UTF8.GetString(bytes, 0, count).Split(':')[0]
                : "";
        }
        return name.Length is 0 or > MaxNameLength || name.Any(char.IsControl) ? Anonymous : new Caller(name);
    }
}
