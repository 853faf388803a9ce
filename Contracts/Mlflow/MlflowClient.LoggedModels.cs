namespace Slipway.Contracts.Mlflow;

/// <content>Logged models, and artifacts by their place in the store.</content>
public sealed partial class MlflowClient
{
    /// <summary>Begins a logged model: its files are uploaded next, and <see cref="FinalizeLoggedModelAsync"/> ends it.</summary>
    public async Task<MlflowLoggedModel> CreateLoggedModelAsync(
        string experimentId,
        string? name = null,
        string? sourceRunId = null,
        IReadOnlyDictionary<string, string>? parameters = null,
        IReadOnlyDictionary<string, string>? tags = null,
        CancellationToken ct = default
    ) =>
        (
            await PostAsync<LoggedModelAnswer>(
                "logged-models",
                Body(
                    ("experiment_id", experimentId),
                    ("name", name),
                    ("source_run_id", sourceRunId),
                    ("params", TagList(parameters)),
                    ("tags", TagList(tags))
                ),
                ct
            )
        ).Model;

    /// <summary>A logged model.</summary>
    public async Task<MlflowLoggedModel> GetLoggedModelAsync(string modelId, CancellationToken ct = default) =>
        (await GetAsync<LoggedModelAnswer>($"logged-models/{Uri.EscapeDataString(modelId)}", ct)).Model;

    /// <summary>Says how a logged model's upload ended: one of <see cref="MlflowLoggedModelStatus"/>.</summary>
    public async Task<MlflowLoggedModel> FinalizeLoggedModelAsync(string modelId, string status, CancellationToken ct = default) =>
        (
            await SendAsync<LoggedModelAnswer>(
                HttpMethod.Patch,
                $"logged-models/{Uri.EscapeDataString(modelId)}",
                Body(("model_id", modelId), ("status", status)),
                ct
            )
        ).Model;

    /// <summary>Deletes a logged model.</summary>
    public Task DeleteLoggedModelAsync(string modelId, CancellationToken ct = default) =>
        SendAsync<MlflowEmpty>(HttpMethod.Delete, $"logged-models/{Uri.EscapeDataString(modelId)}", Body(), ct);

    /// <summary>Sets tags of a logged model.</summary>
    public Task SetLoggedModelTagsAsync(string modelId, IReadOnlyDictionary<string, string> tags, CancellationToken ct = default) =>
        SendAsync<LoggedModelAnswer>(
            HttpMethod.Patch,
            $"logged-models/{Uri.EscapeDataString(modelId)}/tags",
            Body(("tags", TagList(tags))),
            ct
        );

    /// <summary>All logged models of some experiments that a filter finds, page by page.</summary>
    public IAsyncEnumerable<MlflowLoggedModel> SearchLoggedModelsAsync(
        IReadOnlyList<string> experimentIds,
        string? filter = null,
        int pageSize = 50
    ) =>
        Pages(
            (token, ct) =>
                PostAsync<LoggedModelPage>(
                    "logged-models/search",
                    Body(("experiment_ids", List(experimentIds)), ("filter", filter), ("max_results", pageSize), ("page_token", token)),
                    ct
                ),
            page => (page.Models, page.NextPageToken)
        );

    /// <summary>The content of a file as it comes from the wire; <paramref name="path"/> is an address <c>mlflow-artifacts:/path</c> or the path alone.</summary>
    public async Task<Stream> OpenArtifactAsync(string path, CancellationToken ct = default)
    {
        var response = await http.GetAsync($"{Proxy}/{Escape(StorePath(path))}", HttpCompletionOption.ResponseHeadersRead, ct);
        try
        {
            await Http.ApiHttp.EnsureSuccessAsync(response, ct);
            // Disposing the stream gives the connection back.
            return await response.Content.ReadAsStreamAsync(ct);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Deletes a file or a folder of the artifact store, if it is there.</summary>
    public async Task DeleteArtifactAsync(string path, CancellationToken ct = default)
    {
        using var response = await http.DeleteAsync($"{Proxy}/{Escape(StorePath(path))}", ct);
        await Http.ApiHttp.EnsureSuccessAsync(response, ct);
    }
}
