using Slipway.Contracts.Http;

namespace Slipway.Contracts.Inference;

/// <summary>Typed client of an inference replica's own API; predictions themselves go over the standard protocols.</summary>
public sealed class InferenceClient(HttpClient http)
{
    /// <summary>What the replica serves now.</summary>
    public Task<ServedModels> GetServedAsync(CancellationToken ct = default) =>
        ApiHttp.GetAsync(http, "api/v1/served", ContractsJson.Default.ServedModels, ct);
}
