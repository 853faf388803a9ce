using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Slipway.Contracts;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Http;
using Slipway.Monitoring.Worker.Telemetry;
using Slipway.Monitoring.Worker.Windows;

namespace Slipway.Monitoring.Worker.Outcomes;

/// <summary>Takes outcomes as JSON or CSV.</summary>
internal static class OutcomesApi
{
    private const int MaxConflictsNamed = 100;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/v1/outcomes", PostAsync);

    private static async Task<Results<JsonHttpResult<OutcomeResult>, ProblemHttpResult>> PostAsync(
        HttpRequest request,
        OutcomeStore store,
        WindowSignal signal,
        MonitoringMetrics metrics,
        IOptions<OutcomeOptions> options,
        CancellationToken ct
    )
    {
        var isCsv = IsMediaType(request, "text/csv");
        if (!isCsv && !IsMediaType(request, "application/json"))
        {
            return Problem.Of(
                StatusCodes.Status415UnsupportedMediaType,
                "unsupported_media_type",
                "Send outcomes as application/json or text/csv, in UTF-8 and without Content-Encoding."
            );
        }
        if (await BoundedBody.ReadAsync(request, options.Value.MaxBodyBytes, ct) is not { } body)
        {
            return TooLarge(
                "body_too_large",
                $"The body is longer than {options.Value.MaxBodyBytes} bytes (Monitoring:Outcomes:MaxBodyBytes). Send several requests."
            );
        }
        var parse = isCsv ? OutcomeCsv.Parse(body) : OutcomeJson.Parse(body);
        if (parse.Errors.Count > 0)
        {
            return Problem.Of(
                StatusCodes.Status400BadRequest,
                "invalid_outcomes",
                $"Nothing was stored. {parse.Errors[0]}",
                ("errors", parse.Errors.ToArray())
            );
        }
        if (parse.HasTooMany)
        {
            return TooLarge("too_many_outcomes", $"More than {OutcomeBatch.MaxOutcomes} outcomes. Send several requests.");
        }
        var stored = await store.StoreAsync(parse.Outcomes, ct);
        metrics.OutcomesStored(stored);
        if (stored.Joined > 0)
        {
            signal.Set();
        }
        return Answer(stored);
    }

    private static Results<JsonHttpResult<OutcomeResult>, ProblemHttpResult> Answer(StoredOutcomes stored)
    {
        string[] conflicts = [.. stored.Conflicts.Take(MaxConflictsNamed)];
        if (conflicts.Length == 0)
        {
            return TypedResults.Json(
                new OutcomeResult
                {
                    Joined = stored.Joined,
                    Duplicates = stored.Duplicates,
                    Parked = stored.Parked,
                },
                ContractsJson.Default.OutcomeResult,
                statusCode: stored.Parked > 0 ? StatusCodes.Status202Accepted : StatusCodes.Status200OK
            );
        }
        return Problem.Of(
            StatusCodes.Status409Conflict,
            "outcome_conflict",
            $"{stored.Conflicts.Count} outcomes contradict the one that is stored; the stored one stands. The others were stored.",
            ("joined", stored.Joined),
            ("duplicates", stored.Duplicates),
            ("parked", stored.Parked),
            ("conflicts", conflicts)
        );
    }

    private static ProblemHttpResult TooLarge(string code, string detail) => Problem.Of(StatusCodes.Status413PayloadTooLarge, code, detail);

    private static bool IsMediaType(HttpRequest request, string mediaType) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        && !request.Headers.ContainsKey(HeaderNames.ContentEncoding);
}
