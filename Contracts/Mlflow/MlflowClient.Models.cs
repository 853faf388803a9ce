using System.Globalization;

namespace Slipway.Contracts.Mlflow;

/// <content>Registered models, versions, aliases, stages and their tags.</content>
public sealed partial class MlflowClient
{
    /// <summary>Creates a registered model.</summary>
    public async Task<MlflowRegisteredModel> CreateRegisteredModelAsync(
        string name,
        string? description = null,
        IReadOnlyDictionary<string, string>? tags = null,
        CancellationToken ct = default
    ) =>
        (
            await PostAsync<RegisteredModelAnswer>(
                "registered-models/create",
                Body(("name", name), ("description", description), ("tags", TagList(tags))),
                ct
            )
        ).RegisteredModel;

    /// <summary>A registered model with its tags, aliases and the newest version of each stage.</summary>
    public async Task<MlflowRegisteredModel> GetRegisteredModelAsync(string name, CancellationToken ct = default) =>
        (await GetAsync<RegisteredModelAnswer>("registered-models/get", ct, ("name", name))).RegisteredModel;

    /// <summary>Gives a registered model another name; its versions, tags and aliases follow.</summary>
    public async Task<MlflowRegisteredModel> RenameRegisteredModelAsync(string name, string newName, CancellationToken ct = default) =>
        (
            await PostAsync<RegisteredModelAnswer>("registered-models/rename", Body(("name", name), ("new_name", newName)), ct)
        ).RegisteredModel;

    /// <summary>Changes a registered model's description.</summary>
    public async Task<MlflowRegisteredModel> UpdateRegisteredModelAsync(string name, string description, CancellationToken ct = default) =>
        (
            await SendAsync<RegisteredModelAnswer>(
                HttpMethod.Patch,
                "registered-models/update",
                Body(("name", name), ("description", description)),
                ct
            )
        ).RegisteredModel;

    /// <summary>Deletes a registered model with all its versions.</summary>
    public Task DeleteRegisteredModelAsync(string name, CancellationToken ct = default) =>
        SendAsync<MlflowEmpty>(HttpMethod.Delete, "registered-models/delete", Body(("name", name)), ct);

    /// <summary>All registered models that a filter finds, page by page.</summary>
    public IAsyncEnumerable<MlflowRegisteredModel> SearchRegisteredModelsAsync(
        string? filter = null,
        IReadOnlyList<string>? orderBy = null,
        int pageSize = 100
    ) =>
        Pages(
            (token, ct) => GetAsync<RegisteredModelPage>("registered-models/search", ct, SearchQuery(filter, orderBy, pageSize, token)),
            page => (page.RegisteredModels, page.NextPageToken)
        );

    /// <summary>The newest version of each of the stages; of all stages where none is given.</summary>
    public async Task<IReadOnlyList<MlflowModelVersion>> GetLatestVersionsAsync(
        string name,
        IReadOnlyList<string>? stages = null,
        CancellationToken ct = default
    ) =>
        (
            await PostAsync<ModelVersionPage>("registered-models/get-latest-versions", Body(("name", name), ("stages", List(stages))), ct)
        ).ModelVersions;

    /// <summary>Sets a tag of a registered model.</summary>
    public Task SetRegisteredModelTagAsync(string name, string key, string value, CancellationToken ct = default) =>
        PostAsync<MlflowEmpty>("registered-models/set-tag", Body(("name", name), ("key", key), ("value", value)), ct);

    /// <summary>Deletes a tag of a registered model, if it is there.</summary>
    public Task DeleteRegisteredModelTagAsync(string name, string key, CancellationToken ct = default) =>
        SendAsync<MlflowEmpty>(HttpMethod.Delete, "registered-models/delete-tag", Body(("name", name), ("key", key)), ct);

    /// <summary>Removes an alias, if it is there.</summary>
    public Task DeleteAliasAsync(string name, string alias, CancellationToken ct = default) =>
        SendAsync<MlflowEmpty>(HttpMethod.Delete, "registered-models/alias", Body(("name", name), ("alias", alias)), ct);

    /// <summary>Changes a version's description.</summary>
    public async Task<MlflowModelVersion> UpdateModelVersionAsync(
        string name,
        string version,
        string description,
        CancellationToken ct = default
    ) =>
        (
            await SendAsync<ModelVersionAnswer>(
                HttpMethod.Patch,
                "model-versions/update",
                Body(("name", name), ("version", version), ("description", description)),
                ct
            )
        ).ModelVersion;

    /// <summary>Moves a version to a stage, and, if asked to, the others of that stage to <c>Archived</c>.</summary>
    public async Task<MlflowModelVersion> TransitionModelVersionStageAsync(
        string name,
        string version,
        string stage,
        bool archiveExistingVersions = false,
        CancellationToken ct = default
    ) =>
        (
            await PostAsync<ModelVersionAnswer>(
                "model-versions/transition-stage",
                Body(("name", name), ("version", version), ("stage", stage), ("archive_existing_versions", archiveExistingVersions)),
                ct
            )
        ).ModelVersion;

    /// <summary>Deletes a version; its number is not used again.</summary>
    public Task DeleteModelVersionAsync(string name, string version, CancellationToken ct = default) =>
        SendAsync<MlflowEmpty>(HttpMethod.Delete, "model-versions/delete", Body(("name", name), ("version", version)), ct);

    /// <summary>All versions that a filter finds, page by page.</summary>
    public IAsyncEnumerable<MlflowModelVersion> SearchModelVersionsAsync(
        string? filter = null,
        IReadOnlyList<string>? orderBy = null,
        int pageSize = 10_000
    ) =>
        Pages(
            (token, ct) => GetAsync<ModelVersionPage>("model-versions/search", ct, SearchQuery(filter, orderBy, pageSize, token)),
            page => (page.ModelVersions, page.NextPageToken)
        );

    /// <summary>Where a version's files are.</summary>
    public async Task<string> GetModelVersionDownloadUriAsync(string name, string version, CancellationToken ct = default) =>
        (await GetAsync<DownloadUriAnswer>("model-versions/get-download-uri", ct, ("name", name), ("version", version))).ArtifactUri;

    /// <summary>Sets a tag of a version.</summary>
    public Task SetModelVersionTagAsync(string name, string version, string key, string value, CancellationToken ct = default) =>
        PostAsync<MlflowEmpty>("model-versions/set-tag", Body(("name", name), ("version", version), ("key", key), ("value", value)), ct);

    /// <summary>Deletes a tag of a version, if it is there.</summary>
    public Task DeleteModelVersionTagAsync(string name, string version, string key, CancellationToken ct = default) =>
        SendAsync<MlflowEmpty>(
            HttpMethod.Delete,
            "model-versions/delete-tag",
            Body(("name", name), ("version", version), ("key", key)),
            ct
        );

    private static (string, string?)[] SearchQuery(string? filter, IReadOnlyList<string>? orderBy, int pageSize, string? token) =>
        [
            ("filter", filter),
            .. (orderBy ?? []).Select(key => ("order_by", (string?)key)),
            ("max_results", pageSize.ToString(CultureInfo.InvariantCulture)),
            ("page_token", token),
        ];
}
