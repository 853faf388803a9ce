using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Messages;
using Slipway.Contracts.Training;
using Slipway.Messaging;
using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Telemetry;

namespace Slipway.Monitoring.Worker.Retraining;

/// <summary>
/// Publishes <see cref="TrainModel"/> for each request, again while training does not know the job, and follows the job to its end. The
/// message carries the request's id, so training makes one job of it however often it arrives.
/// </summary>
internal sealed class RetrainPass(
    IDbContextFactory<MonitoringDb> contexts,
    IMessagePublisher publisher,
    IHttpClientFactory clients,
    IOptions<RetrainOptions> options,
    MonitoringMetrics metrics,
    TimeProvider time,
    ILogger<RetrainPass> logger
)
{
    /// <summary>The name of the HTTP client whose base address is the training service.</summary>
    public const string ClientName = "training";

    private const int MaxRequests = 100;

    /// <summary>Looks once at every request that has not ended.</summary>
    public async Task RunOnceAsync(CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        var active = await context
            .Retrains.AsNoTracking()
            .Where(r => r.State != RetrainStates.Ended)
            .OrderBy(r => r.CreatedAt)
            .Take(MaxRequests)
            .ToListAsync(ct);
        foreach (var request in active)
        {
            try
            {
                await StepAsync(context, request, ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested && !DatabaseErrors.IsAway(e))
            {
                // The broker or training is away; the row stays and the next pass goes on from it.
                MonitoringLog.RetrainStepFailed(logger, request.Id, request.State, e.Message);
            }
        }
    }

    private async Task StepAsync(MonitoringDb context, RetrainRow request, CancellationToken ct)
    {
        if (request.State == RetrainStates.Pending)
        {
            await PublishAsync(context, request, ct);
            return;
        }
        using var http = clients.CreateClient(ClientName);
        var job = await new TrainingClient(http).FindAsync(request.Id, ct);
        if (job is not null)
        {
            await FollowAsync(context, request, job, ct);
        }
        else if (request.State == RetrainStates.Known)
        {
            // Training had it and has it no more (its database was emptied): the cool-down decides about a new one.
            await EndAsync(context, request, "lost", ct);
        }
        else
        {
            await PublishAsync(context, request, ct);
        }
    }

    private async Task PublishAsync(MonitoringDb context, RetrainRow request, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var before = now.AddSeconds(-options.Value.RepublishSeconds);
        // The claim: of several replicas one publishes; should it die in between, another does after the wait.
        var claimed = await context
            .Retrains.Where(r => r.Id == request.Id && r.State == request.State && (r.AttemptedAt == null || r.AttemptedAt <= before))
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.AttemptedAt, now), ct);
        if (claimed == 0)
        {
            return;
        }
        try
        {
            await publisher.PublishAsync(Message(request), ct);
        }
        catch
        {
            // Nothing went out for certain, so the next pass need not wait.
            await context
                .Retrains.Where(r => r.Id == request.Id && r.AttemptedAt == now)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.AttemptedAt, (DateTimeOffset?)null), CancellationToken.None);
            throw;
        }
        var state = options.Value.TrainingIsReachable == true ? RetrainStates.Published : RetrainStates.Ended;
        await context
            .Retrains.Where(r => r.Id == request.Id)
            .ExecuteUpdateAsync(
                set => set.SetProperty(r => r.State, state).SetProperty(r => r.PublishCount, r => r.PublishCount + 1),
                CancellationToken.None
            );
        metrics.RetrainPublished();
        MonitoringLog.RetrainPublished(logger, request.Id, request.Endpoint, request.Model, request.Dataset);
    }

    private async Task FollowAsync(MonitoringDb context, RetrainRow request, TrainingJob job, CancellationToken ct)
    {
        if (job.Status is not ("queued" or "running"))
        {
            await EndAsync(context, request, job.Status, ct);
        }
        else if (request.State != RetrainStates.Known || request.JobStatus != job.Status)
        {
            await context
                .Retrains.Where(r => r.Id == request.Id)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(r => r.State, RetrainStates.Known).SetProperty(r => r.JobStatus, job.Status),
                    ct
                );
        }
    }

    private async Task EndAsync(MonitoringDb context, RetrainRow request, string status, CancellationToken ct)
    {
        await context
            .Retrains.Where(r => r.Id == request.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RetrainStates.Ended).SetProperty(r => r.JobStatus, status), ct);
        MonitoringLog.RetrainEnded(logger, request.Id, request.Model, status);
    }

    private static TrainModel Message(RetrainRow request) =>
        new()
        {
            Id = request.Id,
            At = request.CreatedAt,
            Model = request.Model,
            Version = request.Version,
            Dataset = request.Dataset,
            AppendToPrevious = request.AppendToPrevious,
            PromoteTo = request.PromoteTo,
            Reason = request.Reason,
        };
}
