using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Jobs;

/// <summary>One attempt at a job: its claim, where it works, and the ways to report from it.</summary>
internal sealed class JobContext(JobClaim claim, string folder, JobLog log, JobProgress progress, RemoteCalls calls)
{
    public JobClaim Claim { get; } = claim;

    /// <summary>The work folder; it exists, and goes when the attempt ends.</summary>
    public string Folder { get; } = folder;

    public JobLog Log { get; } = log;

    /// <summary>The attempt's MLflow run, once there is one.</summary>
    public string? RunId { get; set; }

    public void Report(double fraction, string message) => progress.Report(fraction, message);

    /// <summary>Calls another service, for as long as it is away. See <see cref="RemoteCalls"/>.</summary>
    public Task<T> CallAsync<T>(string service, Func<CancellationToken, Task<T>> call, CancellationToken ct) =>
        calls.RunAsync(service, call, Waiting, ct);

    /// <inheritdoc cref="CallAsync{T}" />
    public Task CallAsync(string service, Func<CancellationToken, Task> call, CancellationToken ct) =>
        calls.RunAsync(
            service,
            async token =>
            {
                await call(token);
                return true;
            },
            Waiting,
            ct
        );

    private void Waiting(string? why)
    {
        progress.Wait(why);
        if (why is not null)
        {
            Log.Write(why);
        }
    }
}
