using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;

namespace Slipway.Registry.Api.Artifacts.Collection;

/// <summary><c>/api/v1/storage</c>: what the store holds and what a collection would delete; <c>POST /api/v1/storage/collect</c> asks for one now.</summary>
internal static class StorageApi
{
    private const int MaxExamples = 100;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/storage", ReportAsync).Needs(Permission.Admin, On.Everything);
        app.MapPost("/api/v1/storage/collect", Collect).Needs(Permission.Admin, On.Everything);
    }

    private static async Task<JsonHttpResult<StorageReport>> ReportAsync(
        BlobCollector collector,
        DeletedTracking tracking,
        IOptions<RetentionOptions> options,
        CancellationToken ct
    )
    {
        var policy = options.Value;
        var report = await collector.ReportAsync(TimeSpan.FromHours(policy.BlobGraceHours), MaxExamples, ct);
        if (policy.DeletedDays > 0)
        {
            var (runs, experiments) = await tracking.CountAsync(TimeSpan.FromDays(policy.DeletedDays), ct);
            report = report with { CollectableRuns = runs, CollectableExperiments = experiments };
        }
        return TypedResults.Json(report, ContractsJson.Default.StorageReport);
    }

    private static Accepted Collect(CollectionSignal signal)
    {
        signal.Wake();
        return TypedResults.Accepted("/api/v1/storage");
    }
}
