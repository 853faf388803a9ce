using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Slipway.Contracts.Http;
using Slipway.Contracts.Serving;
using Slipway.Contracts.Vetting;

namespace Slipway.Contracts.Registry;

/// <summary>
/// Typed client of the registry's own API (models, promotions, endpoints, serving state, blobs). MLflow's API is in <c>MlflowClient</c>. The
/// <see cref="HttpClient"/> has the registry as base address. Throws <see cref="ApiException"/> for a refusal.
/// </summary>
public sealed class RegistryClient(HttpClient http)
{
    private static readonly HttpRequestOptionsKey<bool> s_noResilience = new("Slipway.NoResilience");

    /// <summary>All models, by name; at most 1000.</summary>
    public Task<IReadOnlyList<ModelOverview>> ListModelsAsync(CancellationToken ct = default) =>
        ApiHttp.GetAsync(http, "api/v1/models", ContractsJson.Default.IReadOnlyListModelOverview, ct);

    /// <summary>A model, or null.</summary>
    public Task<ModelOverview?> FindModelAsync(string name, CancellationToken ct = default) =>
        ApiHttp.FindAsync(http, $"api/v1/models/{Uri.EscapeDataString(name)}", ContractsJson.Default.ModelOverview, ct);

    /// <summary>A version with its report, metrics and files, or null.</summary>
    public Task<ModelVersionOverview?> FindVersionAsync(string name, int version, CancellationToken ct = default) =>
        ApiHttp.FindAsync(
            http,
            $"api/v1/models/{Uri.EscapeDataString(name)}/versions/{version}",
            ContractsJson.Default.ModelVersionOverview,
            ct
        );

    /// <summary>Asks for a promotion; it is decided in the background.</summary>
    public Task<Promotion> PromoteAsync(PromotionRequest request, CancellationToken ct = default) =>
        ApiHttp.SendAsync(
            http,
            HttpMethod.Post,
            "api/v1/promotions",
            request,
            ContractsJson.Default.PromotionRequest,
            ContractsJson.Default.Promotion,
            ct
        );

    /// <summary>A promotion, or null.</summary>
    public Task<Promotion?> FindPromotionAsync(Guid id, CancellationToken ct = default) =>
        ApiHttp.FindAsync(http, $"api/v1/promotions/{id}", ContractsJson.Default.Promotion, ct);

    /// <summary>Promotions, newest first, a page of at most 100; of a model or in a state where these are given.</summary>
    public Task<PromotionPage> ListPromotionsAsync(
        string? model = null,
        string? status = null,
        string? environment = null,
        string? pageToken = null,
        CancellationToken ct = default
    )
    {
        (string Name, string? Value)[] filters =
        [
            ("model", model),
            ("status", status),
            ("environment", environment),
            ("pageToken", pageToken),
        ];
        var query = filters.Where(f => f.Value is not null).Select(f => $"{f.Name}={Uri.EscapeDataString(f.Value!)}");
        return ApiHttp.GetAsync(http, $"api/v1/promotions?{string.Join('&', query)}", ContractsJson.Default.PromotionPage, ct);
    }

    /// <summary>Acts on a promotion: <c>approve</c>, <c>reject</c>, <c>withdraw</c>, <c>comments</c> or <c>evaluate</c>.</summary>
    public Task<Promotion> ActOnPromotionAsync(Guid id, string verb, PromotionAction action, CancellationToken ct = default) =>
        ApiHttp.SendAsync(
            http,
            HttpMethod.Post,
            $"api/v1/promotions/{id}/{verb}",
            action,
            ContractsJson.Default.PromotionAction,
            ContractsJson.Default.Promotion,
            ct
        );

    /// <summary>The environments, in order, with their policies.</summary>
    public Task<IReadOnlyList<EnvironmentPolicy>> ListEnvironmentsAsync(CancellationToken ct = default) =>
        ApiHttp.GetAsync(http, "api/v1/environments", ContractsJson.Default.IReadOnlyListEnvironmentPolicy, ct);

    /// <summary>Sets a model's own policy for an environment.</summary>
    public Task<EnvironmentPolicy> PutPolicyAsync(string model, EnvironmentPolicy policy, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return ApiHttp.SendAsync(
            http,
            HttpMethod.Put,
            $"api/v1/models/{Uri.EscapeDataString(model)}/policies/{Uri.EscapeDataString(policy.Name)}",
            policy,
            ContractsJson.Default.EnvironmentPolicy,
            ContractsJson.Default.EnvironmentPolicy,
            ct
        );
    }

    /// <summary>Two versions of a model side by side, or null where one does not exist.</summary>
    public Task<VersionComparison?> CompareAsync(string model, int left, int right, CancellationToken ct = default) =>
        ApiHttp.FindAsync(
            http,
            $"api/v1/models/{Uri.EscapeDataString(model)}/compare/{left}/{right}",
            ContractsJson.Default.VersionComparison,
            ct
        );

    /// <summary>Copies a version from another registry into this one; it is done in the background.</summary>
    public Task<Copy> CopyAsync(CopyRequest request, CancellationToken ct = default) =>
        ApiHttp.SendAsync(
            http,
            HttpMethod.Post,
            "api/v1/copies",
            request,
            ContractsJson.Default.CopyRequest,
            ContractsJson.Default.Copy,
            ct
        );

    /// <summary>A copy, or null.</summary>
    public Task<Copy?> FindCopyAsync(Guid id, CancellationToken ct = default) =>
        ApiHttp.FindAsync(http, $"api/v1/copies/{id}", ContractsJson.Default.Copy, ct);

    /// <summary>Moves of an alias, newest first; a page of at most 200.</summary>
    public Task<AliasHistoryPage> GetAliasHistoryAsync(
        string model,
        string alias,
        string? pageToken = null,
        CancellationToken ct = default
    ) =>
        ApiHttp.GetAsync(
            http,
            $"api/v1/models/{Uri.EscapeDataString(model)}/aliases/{Uri.EscapeDataString(alias)}/history?pageToken={Uri.EscapeDataString(pageToken ?? "")}",
            ContractsJson.Default.AliasHistoryPage,
            ct
        );

    /// <summary>The move by which an alias came to name what it named at a time (now where that is null), or null where it named nothing.</summary>
    public Task<AliasMoved?> FindAliasHolderAsync(string model, string alias, DateTimeOffset? at = null, CancellationToken ct = default) =>
        ApiHttp.FindAsync(
            http,
            $"api/v1/models/{Uri.EscapeDataString(model)}/aliases/{Uri.EscapeDataString(alias)}"
                + (at is { } time ? $"?at={Uri.EscapeDataString(time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture))}" : ""),
            ContractsJson.Default.AliasMoved,
            ct
        );

    /// <summary>All endpoints.</summary>
    public Task<IReadOnlyList<EndpointDefinition>> ListEndpointsAsync(CancellationToken ct = default) =>
        ApiHttp.GetAsync(http, "api/v1/endpoints", ContractsJson.Default.IReadOnlyListEndpointDefinition, ct);

    /// <summary>Creates or replaces an endpoint.</summary>
    public Task<EndpointDefinition> PutEndpointAsync(EndpointDefinition endpoint, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return ApiHttp.SendAsync(
            http,
            HttpMethod.Put,
            $"api/v1/endpoints/{Uri.EscapeDataString(endpoint.Name)}",
            endpoint,
            ContractsJson.Default.EndpointDefinition,
            ContractsJson.Default.EndpointDefinition,
            ct
        );
    }

    /// <summary>A page of the audit log, newest first.</summary>
    public Task<AuditPage> GetAuditAsync(AuditQuery query, int limit = 100, string? pageToken = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = new StringBuilder($"api/v1/audit?limit={limit}");
        Append("object", query.Object);
        Append("actor", query.Actor);
        Append("action", query.Action);
        Append("from", query.From?.ToString("O", CultureInfo.InvariantCulture));
        Append("to", query.To?.ToString("O", CultureInfo.InvariantCulture));
        Append("pageToken", pageToken);
        return ApiHttp.GetAsync(http, path.ToString(), ContractsJson.Default.AuditPage, ct);

        void Append(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                path.Append(CultureInfo.InvariantCulture, $"&{name}={Uri.EscapeDataString(value)}");
            }
        }
    }

    /// <summary>Walks the audit log's chain.</summary>
    public Task<AuditVerification> VerifyAuditAsync(CancellationToken ct = default) =>
        ApiHttp.GetAsync(http, "api/v1/audit/verify", ContractsJson.Default.AuditVerification, ct);

    /// <summary>All webhooks, and how their deliveries fare.</summary>
    public Task<IReadOnlyList<WebhookOverview>> ListWebhooksAsync(CancellationToken ct = default) =>
        ApiHttp.GetAsync(http, "api/v1/webhooks", ContractsJson.Default.IReadOnlyListWebhookOverview, ct);

    /// <summary>The newest deliveries of a webhook.</summary>
    public Task<IReadOnlyList<WebhookDelivery>> ListDeliveriesAsync(string webhookId, CancellationToken ct = default) =>
        ApiHttp.GetAsync(
            http,
            $"api/v1/webhooks/{Uri.EscapeDataString(webhookId)}/deliveries",
            ContractsJson.Default.IReadOnlyListWebhookDelivery,
            ct
        );

    /// <summary>What a thing came of and what came of it, or null: see <see cref="LineageNode.Id"/> for how it is named.</summary>
    public Task<LineageGraph?> FindLineageAsync(string node, CancellationToken ct = default) =>
        ApiHttp.FindAsync(http, $"api/v1/lineage?node={Uri.EscapeDataString(node)}", ContractsJson.Default.LineageGraph, ct);

    /// <summary>
    /// The serving state, or null when it still has <paramref name="knownRevision"/> after at most <paramref name="wait"/> (up to 30 s).
    /// </summary>
    public async Task<ServingState?> GetServingStateAsync(long? knownRevision, TimeSpan wait, CancellationToken ct = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/v1/serving-state?waitSeconds={(int)wait.TotalSeconds}");
        // A long poll is meant to wait: the resilience handler of ServiceDefaults leaves it alone.
        request.Options.Set(s_noResilience, true);
        if (knownRevision is { } revision)
        {
            request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{revision}\""));
        }
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        return response.StatusCode == HttpStatusCode.NotModified
            ? null
            : await ApiHttp.ReadAsync(response, ContractsJson.Default.ServingState, ct);
    }

    /// <summary>The vetting report of a version, or null where there is no such version, or none yet.</summary>
    public Task<VettingReport?> FindVettingAsync(string name, int version, CancellationToken ct = default) =>
        ApiHttp.FindAsync(
            http,
            $"api/v1/models/{Uri.EscapeDataString(name)}/versions/{version}/vetting",
            ContractsJson.Default.VettingReport,
            ct
        );

    /// <summary>What the artifact store holds, and what the next collection would delete.</summary>
    public Task<StorageReport> GetStorageAsync(CancellationToken ct = default) =>
        ApiHttp.GetAsync(http, "api/v1/storage", ContractsJson.Default.StorageReport, ct);

    /// <summary>Streams a blob into <paramref name="destination"/>; the caller checks the digest.</summary>
    public async Task DownloadBlobAsync(string sha256, Stream destination, CancellationToken ct = default)
    {
        using var response = await http.GetAsync($"api/v1/blobs/{sha256}", HttpCompletionOption.ResponseHeadersRead, ct);
        await ApiHttp.EnsureSuccessAsync(response, ct);
        await response.Content.CopyToAsync(destination, ct);
    }
}
