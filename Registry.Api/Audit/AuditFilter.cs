using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Http;

namespace Slipway.Registry.Api.Audit;

/// <summary>The query string that limits a list or an export of the audit log.</summary>
internal sealed record AuditFilter(
    [FromQuery(Name = "object")] string? Path,
    string? Actor,
    string? Action,
    DateTimeOffset? From,
    DateTimeOffset? To
)
{
    public ProblemHttpResult? Check() =>
        HasNull(Path) || HasNull(Actor) || HasNull(Action)
            ? ApiProblem.Invalid("invalid_text", "Texts must not contain null characters.")
            : null;

    public AuditQuery ToQuery() =>
        new()
        {
            Object = Text(Path)?.TrimEnd('/'),
            Actor = Text(Actor),
            Action = Text(Action),
            From = From,
            To = To,
        };

    private static string? Text(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private static bool HasNull(string? value) => value?.Contains('\0', StringComparison.Ordinal) == true;
}
