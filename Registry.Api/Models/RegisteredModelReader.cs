using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Search;

namespace Slipway.Registry.Api.Models;

/// <summary>Finds registered models, each with the newest version of every stage.</summary>
internal sealed class RegisteredModelReader(NpgsqlDataSource source, AccessFilter access)
{
    private static readonly RegistrySearch s_search = new(
        new SearchSchema
        {
            Attributes = new Dictionary<string, SearchAttribute>
            {
                ["name"] = new("m.name"),
                ["timestamp"] = new("unix_ms(m.updated_at)", IsNumeric: true),
                ["last_updated_timestamp"] = new("unix_ms(m.updated_at)", IsNumeric: true),
            },
            Tags = new SearchTable("registered_model_tags", "x.model_id = m.id"),
        },
        FilterKeys: ["name"],
        OrderKeys: ["name", "timestamp", "last_updated_timestamp"]
    )
    {
        Synonyms = new Dictionary<string, string> { ["timestamp"] = "last_updated_timestamp" },
    };

    public async Task<MlflowRegisteredModel> RequireAsync(string name, CancellationToken ct)
    {
        var found = await LoadAsync($"SELECT {ModelRowReader.ModelColumns} FROM registered_models m WHERE m.name = $1", [name], ct);
        return found.Count == 1 ? found[0] : throw RegisteredModelStore.NotFound(name);
    }

    public async Task<RegisteredModelPage> SearchAsync(
        string? filter,
        IReadOnlyList<string> orderBy,
        int pageSize,
        string? token,
        CancellationToken ct
    )
    {
        var offset = PageToken.Read(token);
        var query = s_search.Compile(filter, orderBy, fallback: "m.name", "m.name");
        var sql = $"""
            SELECT {ModelRowReader.ModelColumns} FROM registered_models m WHERE {access.Models(query.Compiler, "m.name")} AND {query.Where}
            ORDER BY {query.OrderBy} LIMIT {query.Add(pageSize + 1L)} OFFSET {query.Add(offset)}
            """;
        var (page, next) = PageToken.Cut(await LoadAsync(sql, query.Values, ct), pageSize, offset);
        return new RegisteredModelPage(page, next);
    }

    /// <summary>The newest version of each of the stages; all stages where none is given.</summary>
    public async Task<ModelVersionPage> LatestAsync(string name, IReadOnlyList<string> stages, CancellationToken ct)
    {
        var wanted = stages.Count == 0 ? ModelStages.All : [.. stages.Select(ModelStages.Parse)];
        var model = await RequireAsync(name, ct);
        return new ModelVersionPage([.. model.LatestVersions.Where(v => wanted.Contains(v.CurrentStage))], null);
    }

    private async Task<List<MlflowRegisteredModel>> LoadAsync(string sql, List<object?> values, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var models = await connection.QueryAsync(sql, ModelRowReader.Model, ct, values);
        if (models.Count == 0)
        {
            return [];
        }
        var latest = await connection.QueryAsync(
            $"""
            SELECT v.model_id, {ModelRowReader.VersionColumns} FROM (
                SELECT DISTINCT ON (l.model_id, l.stage) l.model_id, l.version FROM model_versions l
                WHERE l.model_id = ANY($1) ORDER BY l.model_id, l.stage, l.version DESC
            ) newest JOIN model_versions v ON v.model_id = newest.model_id AND v.version = newest.version
            JOIN registered_models m ON m.id = v.model_id ORDER BY v.version
            """,
            row => (ModelId: row.GetInt64(0), Version: ModelRowReader.Version(row, 1)),
            ct,
            models.Select(model => model.Id).ToArray()
        );
        var byModel = latest.ToLookup(found => found.ModelId, found => found.Version);
        return [.. models.Select(model => model.Model with { LatestVersions = [.. byModel[model.Id]] })];
    }
}
