using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;

namespace Slipway.Registry.Api.Audit;

/// <summary><c>/api/v1/audit</c>.</summary>
internal static class AuditApi
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;
    private const long MaxVerified = 1_000_000;

    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/audit").Needs(Permission.Admin, On.Everything);
        group.MapGet("/", ListAsync);
        group.MapGet("/verify", VerifyAsync);
        group.MapGet("/export", Export);
    }

    private static async Task<Results<JsonHttpResult<AuditPage>, ProblemHttpResult>> ListAsync(
        [AsParameters] AuditFilter filter,
        AuditStore audit,
        int? limit,
        string? pageToken,
        CancellationToken ct
    )
    {
        if (filter.Check() is { } problem)
        {
            return problem;
        }
        if (limit is < 1 or > MaxLimit)
        {
            return ApiProblem.Invalid("invalid_limit", $"limit must be from 1 to {MaxLimit}.");
        }
        long? before = null;
        if (pageToken is not null)
        {
            if (!long.TryParse(pageToken, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                return ApiProblem.Invalid("invalid_page_token", "pageToken must be the nextPageToken of another page.");
            }
            before = id;
        }
        return TypedResults.Json(
            await audit.ListAsync(filter.ToQuery(), limit ?? DefaultLimit, before, ct),
            ContractsJson.Default.AuditPage
        );
    }

    private static async Task<Results<JsonHttpResult<AuditVerification>, ProblemHttpResult>> VerifyAsync(
        AuditVerifier verifier,
        long? afterSequence,
        string? anchor,
        long? limit,
        CancellationToken ct
    )
    {
        if (afterSequence < 0 || limit is < 1 or > MaxVerified)
        {
            return ApiProblem.Invalid("invalid_range", $"afterSequence must not be negative, and limit must be from 1 to {MaxVerified}.");
        }
        byte[]? hash = null;
        if (anchor is not null)
        {
            if (anchor.Length != SHA256.HashSizeInBytes * 2 || !anchor.All(char.IsAsciiHexDigit) || afterSequence is null or 0)
            {
                return ApiProblem.Invalid("invalid_anchor", "anchor must be the 64 hexadecimal digits of the hash at afterSequence.");
            }
            hash = Convert.FromHexString(anchor);
        }
        return TypedResults.Json(
            await verifier.VerifyAsync(afterSequence ?? 0, hash, limit ?? MaxVerified, ct),
            ContractsJson.Default.AuditVerification
        );
    }

    private static Results<PushStreamHttpResult, ProblemHttpResult> Export(
        [AsParameters] AuditFilter filter,
        AuditStore audit,
        long? afterSequence,
        CancellationToken ct
    ) =>
        filter.Check() is { } problem
            ? problem
            : TypedResults.Stream(
                body => AuditExport.WriteAsync(body, audit.ExportAsync(filter.ToQuery(), afterSequence ?? 0, ct), ct),
                "application/x-ndjson",
                "audit.jsonl"
            );
}
