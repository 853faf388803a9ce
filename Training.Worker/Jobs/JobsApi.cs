using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Slipway.Contracts.Training;
using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Jobs;

/// <summary>The HTTP routes of training jobs.</summary>
internal static class JobsApi
{
    private const int MaxBodyBytes = 1 << 20;
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;
    private const int DefaultTail = 200;
    private const int MaxTail = 5_000;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/", () => TypedResults.Content(RootPage.Html, "text/html; charset=utf-8")).ExcludeFromDescription();
        var jobs = app.MapGroup("/api/v1/jobs").AddEndpointFilter(new DatabaseFilter());
        jobs.MapPost("", CreateAsync).WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes));
        jobs.MapGet("", ListAsync);
        jobs.MapGet("{id}", GetAsync);
        jobs.MapGet("{id}/log", GetLogAsync);
        jobs.MapPost("{id}/cancel", CancelAsync);
    }

    private static async Task<Results<Created<TrainingJob>, JsonHttpResult<FieldProblem>, ProblemHttpResult>> CreateAsync(
        HttpRequest request,
        JobStore store,
        JobSignal signal,
        TrainingOptions options,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var (body, unreadable) = await ReadAsync(request, ct);
        if (body is null)
        {
            return unreadable!;
        }
        var (accepted, errors) = JobRequestRules.Check(body);
        if (accepted is null)
        {
            return Problem.Of(errors);
        }
        var row = JobView.NewRow(Guid.CreateVersion7(time.GetUtcNow()), accepted, time);
        if (await store.CreateAsync(row, options.MaxQueuedJobs, ct) == CreateOutcome.QueueFull)
        {
            request.HttpContext.Response.Headers.RetryAfter = "60";
            return Problem.Of(
                StatusCodes.Status429TooManyRequests,
                "queue_full",
                $"{options.MaxQueuedJobs} jobs wait already. Try again later, or cancel some (the bound is Training:MaxQueuedJobs)."
            );
        }
        signal.Set();
        return TypedResults.Created($"/api/v1/jobs/{row.Id}", JobView.Of(row));
    }

    private static async Task<Results<Ok<TrainingJobPage>, ProblemHttpResult>> ListAsync(
        JobStore store,
        string? limit,
        string? pageToken,
        string? status,
        string? model,
        CancellationToken ct
    )
    {
        if (!TryNumber(limit, DefaultLimit, MaxLimit, out var count))
        {
            return Problem.Of(
                StatusCodes.Status400BadRequest,
                "bad_limit",
                $"limit is '{limit}'; it must be a whole number from 1 (at most {MaxLimit} are listed)."
            );
        }
        if (status is not null && !JobStatus.All.Contains(status))
        {
            return Problem.Of(
                StatusCodes.Status400BadRequest,
                "unknown_status",
                $"status is '{status}'; it must be one of {string.Join(", ", JobStatus.All)}."
            );
        }
        JobPageToken? after = null;
        if (!string.IsNullOrEmpty(pageToken))
        {
            if (!JobPageToken.TryParse(pageToken, out var token))
            {
                return Problem.Of(StatusCodes.Status400BadRequest, "bad_page_token", "pageToken is not one that this service gave out.");
            }
            after = token;
        }
        if (model?.Contains('\0', StringComparison.Ordinal) == true)
        {
            return Problem.Of(StatusCodes.Status400BadRequest, "bad_model_name", "model has a control character.");
        }
        var rows = await store.ListAsync(new JobFilter(count, after, status, model), ct);
        var shown = rows.Take(count).ToList();
        var next = rows.Count > count ? new JobPageToken(shown[^1].CreatedAt, shown[^1].Id).ToString() : null;
        return TypedResults.Ok(new TrainingJobPage([.. shown.Select(JobView.Of)], next));
    }

    private static async Task<Results<Ok<TrainingJob>, ProblemHttpResult>> GetAsync(string id, JobStore store, CancellationToken ct) =>
        await FindAsync(id, store, ct) is { } row ? TypedResults.Ok(JobView.Of(row)) : NotFound(id);

    private static async Task<Results<Ok<TrainingJobLog>, ProblemHttpResult>> GetLogAsync(
        string id,
        string? tail,
        JobStore store,
        JobFolders folders,
        CancellationToken ct
    )
    {
        if (!TryNumber(tail, DefaultTail, MaxTail, out var lines))
        {
            return Problem.Of(
                StatusCodes.Status400BadRequest,
                "bad_tail",
                $"tail is '{tail}'; it must be a whole number from 1 (at most {MaxTail} are shown)."
            );
        }
        return await FindAsync(id, store, ct) is { } row
            ? TypedResults.Ok(new TrainingJobLog(await folders.ReadLogAsync(row.Id, lines, ct)))
            : NotFound(id);
    }

    private static async Task<Results<Ok<TrainingJob>, ProblemHttpResult>> CancelAsync(string id, JobStore store, CancellationToken ct)
    {
        if (!Guid.TryParse(id, out var job))
        {
            return NotFound(id);
        }
        return await store.CancelAsync(job, ct) switch
        {
            CancelOutcome.NotFound => NotFound(id),
            CancelOutcome.AlreadyEnded => Problem.Of(
                StatusCodes.Status409Conflict,
                "job_ended",
                "The job has ended; there is nothing to cancel."
            ),
            CancelOutcome.Registering => Problem.Of(
                StatusCodes.Status409Conflict,
                "job_registering",
                "The job's model is being registered; it is too late to cancel the job."
            ),
            _ => await store.FindAsync(job, ct) is { } row ? TypedResults.Ok(JobView.Of(row)) : NotFound(id),
        };
    }

    private static async Task<JobRow?> FindAsync(string id, JobStore store, CancellationToken ct) =>
        Guid.TryParse(id, out var job) ? await store.FindAsync(job, ct) : null;

    private static ProblemHttpResult NotFound(string id) =>
        Problem.Of(StatusCodes.Status404NotFound, "job_not_found", $"There is no job '{(id.Length <= 60 ? id : id[..60] + "…")}'.");

    private static async Task<(JobBody? Body, ProblemHttpResult? Error)> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (!request.HasJsonContentType())
        {
            return (
                null,
                Problem.Of(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The body must be application/json.")
            );
        }
        try
        {
            // Null is JSON too.
            return (await JsonSerializer.DeserializeAsync(request.Body, JobsJson.Default.JobBody, ct) ?? new JobBody(), null);
        }
        catch (JsonException e)
        {
            return (
                null,
                Problem.Of(StatusCodes.Status400BadRequest, "invalid_json", $"The body is not the JSON of a training job: {e.Message}")
            );
        }
    }

    private static bool TryNumber(string? text, int fallback, int max, out int number)
    {
        number = fallback;
        if (!string.IsNullOrEmpty(text) && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) || number < 1))
        {
            return false;
        }
        number = Math.Min(number, max);
        return true;
    }
}
