using Slipway.Registry.Api.Access;

namespace Slipway.Registry.Api.Models;

/// <summary>Who moves an alias, and why; the promotion where there is one.</summary>
internal sealed record MoveCause(string? Actor, string? Reason, Guid? PromotionId = null)
{
    /// <summary>A plain call; nobody where no request stands behind it.</summary>
    public static MoveCause Of(HttpContext? request, string reason) => new(request is null ? null : Caller.Of(request).Name, reason);
}
