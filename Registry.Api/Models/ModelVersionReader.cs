using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Search;

namespace Slipway.Registry.Api.Models;

/// <summary>Finds versions: by number, by alias, by filter. Each answer is one statement.</summary>
internal sealed class ModelVersionReader(NpgsqlDataSource source, AliasLookup aliases, AccessFilter access)
{
    private const string From = "FROM model_versions v JOIN registered_models m ON m.id = v.model_id";

    private static readonly RegistrySearch s_search = new(
        new SearchSchema
        {
            Attributes = new Dictionary<string, SearchAttribute>
            {
                ["name"] = new("m.name") { IsNullable = false },
                ["version_number"] = new("v.version", IsNumeric: true) { IsNullable = false },
                ["run_id"] = new("v.run_id", AllowsIn: true),
                ["source_path"] = new("v.source") { IsNullable = false },
                ["creation_timestamp"] = new("unix_ms(v.created_at)", IsNumeric: true) { IsNullable = false },
                ["last_updated_timestamp"] = new("unix_ms(v.updated_at)", IsNumeric: true) { IsNullable = false },
            },
            Tags = new SearchTable("model_version_tags", "x.model_id = v.model_id AND x.version = v.version"),
        },
        FilterKeys: ["name", "run_id", "source_path", "version_number"],
        OrderKeys: ["name", "version_number", "creation_timestamp", "last_updated_timestamp"]
    );

    private static readonly SortKey[] s_tieBreak =
    [
        new("(m.name COLLATE \"C\")", Ascending: true, SortKind.Text, IsNullable: false),
        new("v.version", Ascending: false, SortKind.Integer, IsNullable: false),
    ];

    // As an index has it.
    private static readonly SortKey[] s_newestFirst =
    [
        new("unix_ms(v.updated_at)", Ascending: false, SortKind.Integer, IsNullable: false),
        .. s_tieBreak,
    ];

    public async Task<MlflowModelVersion> RequireAsync(string name, int version, CancellationToken ct)
    {
        var found = await source.QueryAsync(
            $"SELECT {ModelRowReader.VersionColumns} {From} WHERE m.name = $1 AND v.version = $2",
            row => ModelRowReader.Version(row),
            ct,
            name,
            version
        );
        return found.Count == 1 ? found[0] : throw ModelVersionStore.NotFound(name, version);
    }

    /// <summary>Where the files are: the source, or, where that is another version or a logged model, what that one stood for.</summary>
    public async Task<string> DownloadUriAsync(string name, int version, CancellationToken ct)
    {
        var found = await source.QueryAsync(
            $"SELECT v.storage_uri {From} WHERE m.name = $1 AND v.version = $2",
            row => row.GetString(0),
            ct,
            name,
            version
        );
        return found.Count == 1 ? found[0] : throw ModelVersionStore.NotFound(name, version);
    }

    /// <summary>The version that an alias names; <c>latest</c> is the newest.</summary>
    public async Task<MlflowModelVersion> RequireByAliasAsync(string name, string alias, CancellationToken ct)
    {
        var found = alias.Equals("latest", StringComparison.OrdinalIgnoreCase)
            ? await FindLatestAsync(name, ct)
            : await aliases.FindAsync(name, alias, ct);
        if (found is not null)
        {
            return found;
        }
        var exists = await source.QueryAsync("SELECT 1 FROM registered_models WHERE name = $1", row => row.GetInt32(0), ct, name);
        // A 400 and these words are what MLflow's client knows an unknown alias by.
        throw exists.Count == 0
            ? RegisteredModelStore.NotFound(name)
            : MlflowRefusal.Invalid($"Registered model alias {MlflowRules.Shorten(alias)} not found.");
    }

    public async Task<ModelVersionPage> SearchAsync(
        string? filter,
        IReadOnlyList<string> orderBy,
        int pageSize,
        string? token,
        CancellationToken ct
    )
    {
        var query = s_search.Compile(filter, orderBy, token, s_newestFirst, s_tieBreak);
        var sort = query.Sort;
        var sql = $"""
            SELECT {sort.ColumnsSql}, {ModelRowReader.VersionColumns} {From}
            WHERE {access.Models(query.Compiler, "m.name")} AND {query.Where}
            {query.OrderAndLimit(pageSize)}
            """;
        var found = await source.QueryAsync(
            sql,
            row => (ModelRowReader.Version(row, sort.Keys.Count), Keyset.Read(row, 0, sort)),
            ct,
            query.Values
        );
        var (page, next) = CompiledSearch.Cut(found, pageSize);
        return new ModelVersionPage(page, next);
    }

    private async Task<MlflowModelVersion?> FindLatestAsync(string name, CancellationToken ct)
    {
        var found = await source.QueryAsync(
            $"SELECT {ModelRowReader.VersionColumns} {From} WHERE m.name = $1 ORDER BY v.version DESC LIMIT 1",
            row => ModelRowReader.Version(row),
            ct,
            name
        );
        return found.FirstOrDefault();
    }
}
