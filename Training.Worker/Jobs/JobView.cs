using System.Text.Json;
using Slipway.Contracts;
using Slipway.Contracts.Training;
using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Jobs;

/// <summary>Between the table's rows and the API's shapes.</summary>
internal static class JobView
{
    public static TrainingJob Of(JobRow row) =>
        new()
        {
            Id = row.Id,
            Status = row.Status,
            Request = JsonSerializer.Deserialize(row.Request, ContractsJson.Default.TrainingJobRequest)!,
            Progress = row.Progress,
            Message = row.Message,
            ErrorCode = row.ErrorCode,
            RunId = row.RunId,
            ModelVersion = row.ModelVersion,
            PromotionId = row.PromotionId,
            Attempt = row.Attempt,
            CreatedAt = row.CreatedAt,
            StartedAt = row.StartedAt,
            EndedAt = row.EndedAt,
        };

    /// <summary>A new row, queued. Its times are cut to the microseconds that PostgreSQL keeps, so that a page token finds it again.</summary>
    public static JobRow NewRow(Guid id, TrainingJobRequest request, TimeProvider time)
    {
        var now = time.GetUtcNow();
        now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
        return new JobRow
        {
            Id = id,
            Model = request.ModelName,
            Status = JobStatus.Queued,
            Request = JsonSerializer.Serialize(request, ContractsJson.Default.TrainingJobRequest),
            CreatedAt = now,
            AvailableAt = now,
        };
    }
}
