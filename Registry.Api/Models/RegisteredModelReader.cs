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
                ["name"] = new("m.name") { IsNullable = false },
                ["timestamp"] = new("unix_ms(m.updated_at)", IsNumeric: true) { IsNullable = false },
                ["last_updated_timestamp"] = new("unix_ms(m.updated_at)", IsNumeric: true) { IsNullable = false },
            },
            Tags = new SearchTable("registered_model_tags", "x.model_id = m.id"),
        },
        FilterKeys: ["name"],
        OrderKeys: ["name", "timestamp", "last_updated_timestamp"]
    )
    {
        Synonyms = new Dictionary<string, string> { ["timestamp"] = "last_updated_timestamp" },
    };

    private static readonly SortKey[] s_byName = [new("(m.name COLLATE \"C\")", Ascending: true, SortKind.Text, IsNullable: false)];

    public async Task<MlflowRegisteredModel> RequireAsync(string name, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var found = await connection.QueryAsync(
            $"SELECT {ModelRowReader.ModelColumns} FROM registered_models m WHERE m.name = $1",
            ModelRowReader.Model,
            ct,
            name
        );
        return found.Count == 1 ? (await WithLatestAsync(connection, found, ct))[0] : throw RegisteredModelStore.NotFound(name);
    }

    public async Task<RegisteredModelPage> SearchAsync(
        string? filter,
        IReadOnlyList<string> orderBy,
        int pageSize,
        string? token,
        CancellationToken ct
    )
    {
        var query = s_search.Compile(filter, orderBy, token, s_byName, s_byName);
        var sort = query.Sort;
        var sql = $"""
            SELECT {ModelRowReader.ModelColumns}, {sort.ColumnsSql} FROM registered_models m
            WHERE {access.Models(query.Compiler, "m.name")} AND {query.Where}
            {query.OrderAndLimit(pageSize)}
            """;
        await using var connection = await source.OpenConnectionAsync(ct);
        var found = await connection.QueryAsync(
            sql,
            row => (ModelRowReader.Model(row), Keyset.Read(row, ModelRowReader.ModelColumnCount, sort)),
            ct,
            query.Values
        );
        var (page, next) = CompiledSearch.Cut(found, pageSize);
        return new RegisteredModelPage(await WithLatestAsync(connection, page, ct), next);
    }

    /// <summary>The newest version of each of the stages; all stages where none is given.</summary>
    public async Task<ModelVersionPage> LatestAsync(string name, IReadOnlyList<string> stages, CancellationToken ct)
    {
        var wanted = stages.Count == 0 ? ModelStages.All : [.. stages.Select(ModelStages.Parse)];
        var model = await RequireAsync(name, ct);
        return new ModelVersionPage([.. model.LatestVersions.Where(v => wanted.Contains(v.CurrentStage))], null);
    }

    private static async Task<List<MlflowRegisteredModel>> WithLatestAsync(
        NpgsqlConnection connection,
        List<(long Id, MlflowRegisteredModel Model)> models,
        CancellationToken ct
    )
    {
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
