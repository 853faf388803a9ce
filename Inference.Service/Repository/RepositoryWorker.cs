using Microsoft.Extensions.Options;

namespace Slipway.Inference.Service.Repository;

/// <summary>Chooses the models at start, and in the mode <c>poll</c> looks at the folders again and again.</summary>
internal sealed class RepositoryWorker(
    RepositoryController controller,
    IOptions<RepositoryOptions> options,
    TimeProvider time,
    ILogger<RepositoryWorker> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await controller.StartAsync(stoppingToken);
            while (options.Value.ControlMode == ModelControlMode.Poll)
            {
                await Task.Delay(options.Value.PollInterval, time, stoppingToken);
                await PollAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of the service.
        }
    }

    private async Task PollAsync(CancellationToken ct)
    {
        try
        {
            await controller.PollAsync(ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A disk that is away for a while: what is served stays, and the next look may succeed.
            RepositoryEvents.PollFailed(logger, e);
        }
    }
}
