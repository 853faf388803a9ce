using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Identifiers;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;

namespace Slipway.Registry.Api.Copies;

/// <summary><c>/api/v1/copies</c>.</summary>
internal static class CopiesApi
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/copies", AskAsync).Needs(Permission.Write, On.Model("as", "model"));
        app.MapGet("/api/v1/copies/{id:guid}", GetAsync).Needs(Permission.Read, On.Copy());
    }

    private static async Task<Results<JsonHttpResult<Copy>, ProblemHttpResult>> AskAsync(
        CopyRequest request,
        CopySources sources,
        CopyStore copies,
        CopySignal signal,
        HttpContext http,
        CancellationToken ct
    )
    {
        if (
            !ModelName.TryParse(request.Model, out _, out var error)
            || (request.As is { } name && !ModelName.TryParse(name, out _, out error))
        )
        {
            return ApiProblem.Invalid("invalid_model", error);
        }
        if (request.Version < 1)
        {
            return ApiProblem.Invalid("invalid_version", "version is a number from 1.");
        }
        if (sources.Find(request.From) is not { } from)
        {
            // Which addresses there are is nobody's business who does not know them.
            return ApiProblem.Forbidden(
                "unknown_source",
                $"'{request.From}' is not one of {CopyOptions.Section}:Sources of this registry."
            );
        }
        var (copy, isNew) = await copies.AskAsync(from, request, ct);
        signal.Wake();
        http.Response.Headers.Location = $"/api/v1/copies/{copy.Id}";
        return TypedResults.Json(
            copy,
            ContractsJson.Default.Copy,
            statusCode: isNew || copy.Status == CopyStatus.Pending ? StatusCodes.Status202Accepted : StatusCodes.Status200OK
        );
    }

    private static async Task<Results<JsonHttpResult<Copy>, ProblemHttpResult>> GetAsync(Guid id, CopyStore copies, CancellationToken ct) =>
        await copies.FindAsync(id, ct) is { } copy
            ? TypedResults.Json(copy, ContractsJson.Default.Copy)
            : ApiProblem.NotFound("unknown_copy", $"There is no copy {id}.");
}
