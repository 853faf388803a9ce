using System.Globalization;
using System.Text;
using Slipway.Monitoring.Worker.Http;
using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Datasets;

/// <summary>Labelled predictions of an endpoint as CSV, for training: <c>from</c> inclusive, <c>to</c> exclusive, both event time and optional.</summary>
internal static class DatasetApi
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/endpoints/{endpoint}/dataset.csv", GetAsync);

    private static async Task<IResult> GetAsync(string endpoint, string? from, string? to, DatasetReader reader, CancellationToken ct)
    {
        if (!TryParse(from, out var start) || !TryParse(to, out var end))
        {
            return Problem.BadRequest("invalid_time", "from and to must be ISO 8601 times, such as 2026-01-31T12:00:00Z.");
        }
        if (start >= end)
        {
            return Problem.BadRequest("invalid_range", "from must lie before to.");
        }
        if (!StorableText.IsValid(endpoint) || !await reader.ExistsAsync(endpoint, ct))
        {
            return Problem.UnknownEndpoint(endpoint);
        }
        var columns = await reader.FindColumnsAsync(endpoint, start, end, ct);
        if (columns.Contains(DatasetReader.OutcomeColumn))
        {
            return Problem.Of(
                StatusCodes.Status409Conflict,
                "feature_named_outcome",
                $"A feature is named '{DatasetReader.OutcomeColumn}', as the outcome's column is: the two cannot be told apart in one table."
            );
        }
        return TypedResults.Stream(
            async body =>
            {
                await using var text = new StreamWriter(body, new UTF8Encoding(false), 32 * 1024, leaveOpen: true);
                await reader.WriteAsync(endpoint, start, end, columns, text, ct);
            },
            "text/csv; charset=utf-8",
            $"{endpoint}.csv"
        );
    }

    private static bool TryParse(string? text, out DateTimeOffset? time)
    {
        time = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var parsed))
        {
            return false;
        }
        time = parsed;
        return true;
    }
}
