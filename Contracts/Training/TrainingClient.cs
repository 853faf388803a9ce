using Slipway.Contracts.Http;

namespace Slipway.Contracts.Training;

/// <summary>Typed client of the training service; the <see cref="HttpClient"/> has it as base address. Throws <see cref="ApiException"/> for a refusal.</summary>
public sealed class TrainingClient(HttpClient http)
{
    /// <summary>Queues a job.</summary>
    public Task<TrainingJob> SubmitAsync(TrainingJobRequest request, CancellationToken ct = default) =>
        ApiHttp.SendAsync(
            http,
            HttpMethod.Post,
            "api/v1/jobs",
            request,
            ContractsJson.Default.TrainingJobRequest,
            ContractsJson.Default.TrainingJob,
            ct
        );

    /// <summary>A job, or null.</summary>
    public Task<TrainingJob?> FindAsync(Guid id, CancellationToken ct = default) =>
        ApiHttp.FindAsync(http, $"api/v1/jobs/{id}", ContractsJson.Default.TrainingJob, ct);

    /// <summary>Jobs, newest first.</summary>
    public Task<TrainingJobPage> ListAsync(int limit = 50, CancellationToken ct = default) =>
        ApiHttp.GetAsync(http, $"api/v1/jobs?limit={limit}", ContractsJson.Default.TrainingJobPage, ct);

    /// <summary>The last lines of the job's log.</summary>
    public Task<TrainingJobLog> GetLogAsync(Guid id, int tail = 200, CancellationToken ct = default) =>
        ApiHttp.GetAsync(http, $"api/v1/jobs/{id}/log?tail={tail}", ContractsJson.Default.TrainingJobLog, ct);

    /// <summary>Cancels a job that has not ended.</summary>
    public async Task<TrainingJob> CancelAsync(Guid id, CancellationToken ct = default)
    {
        using var response = await http.PostAsync(new Uri($"api/v1/jobs/{id}/cancel", UriKind.Relative), null, ct);
        return await ApiHttp.ReadAsync(response, ContractsJson.Default.TrainingJob, ct);
    }
}
