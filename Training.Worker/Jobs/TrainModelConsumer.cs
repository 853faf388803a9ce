using System.Text.Json;
using MassTransit;
using Slipway.Contracts;
using Slipway.Contracts.Messages;
using Slipway.Contracts.Training;
using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Jobs;

/// <summary>
/// Makes one job of each <see cref="TrainModel"/>, under the message's id: a second delivery changes nothing. A request that cannot be followed
/// leaves a failed job, so that whoever asked sees the answer under the id they know. A full queue is an error that the broker's retries repeat.
/// </summary>
internal sealed partial class TrainModelConsumer(
    JobStore store,
    JobSignal signal,
    TrainingOptions options,
    TimeProvider time,
    ILogger<TrainModelConsumer> logger
) : IConsumer<TrainModel>
{
    public async Task Consume(ConsumeContext<TrainModel> context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var outcome = await HandleAsync(context.Message, context.CancellationToken);
        if (outcome == CreateOutcome.QueueFull)
        {
            throw new InvalidOperationException(
                $"The queue of training jobs is full ({options.MaxQueuedJobs}): {context.Message.Id} must wait."
            );
        }
    }

    internal async Task<CreateOutcome> HandleAsync(TrainModel message, CancellationToken ct)
    {
        var row = await MakeRowAsync(message, ct);
        var outcome = await store.CreateAsync(row, options.MaxQueuedJobs, ct);
        LogHandled(logger, message.Id, message.Model, outcome, row.ErrorCode);
        if (outcome == CreateOutcome.Created)
        {
            signal.Set();
        }
        return outcome;
    }

    private async Task<JobRow> MakeRowAsync(TrainModel message, CancellationToken ct)
    {
        var previous = await store.FindLastSucceededAsync(message.Model, message.Version, ct);
        if (previous is null)
        {
            return Refused(
                Unfollowed(message),
                message.Id,
                "no_previous_job",
                $"No training job of '{message.Model}' has succeeded yet: there is no target, trainer and data to start from."
            );
        }
        var request = RetrainPlan.Make(message, JsonSerializer.Deserialize(previous.Request, ContractsJson.Default.TrainingJobRequest)!);
        return JobRequestRules.Check(request) is [var error, ..]
            ? Refused(request, message.Id, error.Code, error.Detail)
            : JobView.NewRow(message.Id, request, time);
    }

    private JobRow Refused(TrainingJobRequest request, Guid id, string code, string detail)
    {
        var row = JobView.NewRow(id, request, time);
        row.Status = JobStatus.Failed;
        row.ErrorCode = code;
        row.Message = detail;
        row.EndedAt = row.CreatedAt;
        return row;
    }

    private static TrainingJobRequest Unfollowed(TrainModel message) =>
        new()
        {
            Datasets = [message.Dataset],
            Target = "",
            Trainer = "",
            ModelName = message.Model,
            PromoteTo = message.PromoteTo,
            Reason = message.Reason,
        };

    [LoggerMessage(3050, LogLevel.Information, "Asked to retrain {Model} ({Id}): {Outcome} {ErrorCode}")]
    private static partial void LogHandled(ILogger logger, Guid id, string model, CreateOutcome outcome, string? errorCode);
}
