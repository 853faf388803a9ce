using Slipway.Registry.Api.Access;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Who takes a step of a promotion. Where access control is on that is the caller; otherwise whoever the request says, in its body or its header.</summary>
internal static class Actor
{
    private const int MaxNameLength = 200;

    /// <summary>The name, or null where nobody says.</summary>
    public static string? Name(HttpContext http, string? stated)
    {
        var caller = Caller.Of(http);
        var name = !caller.IsUnchecked || string.IsNullOrWhiteSpace(stated) ? caller.Name : Plain(stated);
        return name.Length == 0 || name == Caller.Anonymous.Name ? null : Mlflow.MlflowRules.Truncate(name, MaxNameLength);
    }

    private static string Plain(string name) => string.Concat(name.Where(c => !char.IsControl(c))).Trim();
}
