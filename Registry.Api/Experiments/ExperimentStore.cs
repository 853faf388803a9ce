using System.Data.Common;
using System.Globalization;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Search;
using SortKey = Slipway.Registry.Api.Search.SortKey;

namespace Slipway.Registry.Api.Experiments;

/// <summary>Experiments and their tags.</summary>
internal sealed class ExperimentStore(
    NpgsqlDataSource source,
    ChangeRecorder recorder,
    CreatorGrants creators,
    AccessFilter access,
    TimeProvider time
)
{
    private const string Columns = "e.experiment_id, e.name, e.artifact_location, e.lifecycle_stage, e.creation_time, e.last_update_time";
    private const int ColumnCount = 6;

    private static readonly SortKey s_newestFirst = new("e.creation_time", Ascending: false, SortKind.Integer, IsNullable: false);
    private static readonly SortKey s_byId = new("e.experiment_id", Ascending: true, SortKind.Integer, IsNullable: false);

    private static readonly SearchSchema s_schema = new()
    {
        Attributes = new Dictionary<string, SearchAttribute>
        {
            ["name"] = new("e.name") { IsNullable = false },
            ["experiment_id"] = new("e.experiment_id", IsNumeric: true) { IsNullable = false },
            ["creation_time"] = new("e.creation_time", IsNumeric: true) { IsNullable = false },
            ["last_update_time"] = new("e.last_update_time", IsNumeric: true) { IsNullable = false },
        },
        Tags = new SearchTable("experiment_tags", "x.experiment_id = e.experiment_id"),
    };

    public async Task<string> CreateAsync(string name, string? location, IReadOnlyList<MlflowKeyValue> tags, CancellationToken ct)
    {
        var now = Now();
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var ids = await connection.QueryAsync(
            """
            INSERT INTO experiments (name, artifact_location, creation_time, last_update_time) VALUES ($1, $2, $3, $3)
            ON CONFLICT (name) DO NOTHING RETURNING experiment_id
            """,
            r => r.GetInt64(0),
            ct,
            name,
            location ?? "",
            now
        );
        if (ids.Count == 0)
        {
            throw MlflowRefusal.AlreadyExists($"Experiment(name={name}) already exists.");
        }
        var artifacts = location ?? ArtifactUri.Of(ids[0].ToString(CultureInfo.InvariantCulture));
        if (location is null)
        {
            await connection.ExecuteAsync("UPDATE experiments SET artifact_location = $2 WHERE experiment_id = $1", ct, ids[0], artifacts);
        }
        foreach (var tag in tags)
        {
            await UpsertTagAsync(connection, ids[0], tag, ct);
        }
        await creators.OfExperimentAsync(connection, ids[0], ct);
        await recorder.RecordAsync(connection, TrackingChanges.ExperimentCreated(ids[0], name, artifacts, tags), ct);
        await transaction.CommitAsync(ct);
        return ids[0].ToString(CultureInfo.InvariantCulture);
    }

    public async Task<MlflowExperiment?> FindAsync(long id, CancellationToken ct) =>
        (await QueryAsync($"SELECT {Columns} FROM experiments e WHERE e.experiment_id = $1", Read, ct, id)).FirstOrDefault();

    public async Task<MlflowExperiment?> FindByNameAsync(string name, CancellationToken ct) =>
        (await QueryAsync($"SELECT {Columns} FROM experiments e WHERE e.name = $1", Read, ct, name)).FirstOrDefault();

    public async Task<ExperimentPage> SearchAsync(ExperimentSearch search, CancellationToken ct)
    {
        var compiler = new SearchCompiler(s_schema);
        var sort = compiler.Sort(search.OrderBy, search.OrderBy.Count == 0 ? [s_newestFirst, s_byId] : [s_byId]);
        var (after, offset) = Keyset.After(search.PageToken, sort, compiler);
        var keys = new List<object?[]>();
        var sql = $"""
            SELECT {Columns}, {sort.ColumnsSql} FROM experiments e {sort.Joins}
            WHERE e.lifecycle_stage = ANY({compiler.Add(search.LifecycleStages)})
              AND {access.Experiments(compiler, "e.name", "e.experiment_id")}
              AND {compiler.Where(search.Filter)}
              AND {after}
            ORDER BY {sort.OrderSql}
            LIMIT {search.MaxResults + 1} OFFSET {offset}
            """;
        var found = await QueryAsync(
            sql,
            row =>
            {
                keys.Add(Keyset.Read(row, ColumnCount, sort));
                return Read(row);
            },
            ct,
            compiler.Values
        );
        return found.Count > search.MaxResults
            ? new ExperimentPage(found[..search.MaxResults], Keyset.Token(keys[search.MaxResults - 1]))
            : new ExperimentPage(found, null);
    }

    public async Task<bool> SetLifecycleAsync(long id, string from, string to, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var changed = await connection.ExecuteAsync(
            "UPDATE experiments SET lifecycle_stage = $3, last_update_time = $4 WHERE experiment_id = $1 AND lifecycle_stage = $2",
            ct,
            id,
            from,
            to,
            Now()
        );
        if (changed > 0)
        {
            await connection.ExecuteAsync("UPDATE runs SET lifecycle_stage = $2 WHERE experiment_id = $1", ct, id, to);
            await recorder.RecordAsync(connection, TrackingChanges.ExperimentLifecycle(id, from, to), ct);
        }
        await transaction.CommitAsync(ct);
        return changed > 0;
    }

    /// <summary>False where there is no such experiment, or it is deleted.</summary>
    public async Task<bool> RenameAsync(long id, string name, CancellationToken ct)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var before = await connection.QueryAsync(
                """
                UPDATE experiments e SET name = $2, last_update_time = $3
                FROM (SELECT name FROM experiments WHERE experiment_id = $1 AND lifecycle_stage = 'active' FOR UPDATE) AS old
                WHERE e.experiment_id = $1 RETURNING old.name
                """,
                r => r.GetString(0),
                ct,
                id,
                name,
                Now()
            );
            if (before.Count == 0)
            {
                return false;
            }
            await recorder.RecordAsync(connection, TrackingChanges.ExperimentRenamed(id, before[0], name), ct);
            await transaction.CommitAsync(ct);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw MlflowRefusal.AlreadyExists($"Experiment(name={name}) already exists.");
        }
    }

    public async Task SetTagAsync(long id, MlflowKeyValue tag, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var before = await connection.QueryAsync(
            "SELECT value FROM experiment_tags WHERE experiment_id = $1 AND key = $2 FOR UPDATE",
            r => r.GetString(0),
            ct,
            id,
            tag.Key
        );
        await UpsertTagAsync(connection, id, tag, ct);
        await recorder.RecordAsync(connection, TrackingChanges.ExperimentTagSet(id, tag, before.FirstOrDefault()), ct);
        await transaction.CommitAsync(ct);
    }

    public async Task<bool> DeleteTagAsync(long id, string key, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var before = await connection.QueryAsync(
            "DELETE FROM experiment_tags WHERE experiment_id = $1 AND key = $2 RETURNING value",
            r => r.GetString(0),
            ct,
            id,
            key
        );
        if (before.Count == 0)
        {
            return false;
        }
        await recorder.RecordAsync(connection, TrackingChanges.ExperimentTagDeleted(id, key, before[0]), ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    private static Task<int> UpsertTagAsync(NpgsqlConnection connection, long id, MlflowKeyValue tag, CancellationToken ct) =>
        connection.ExecuteAsync(
            "INSERT INTO experiment_tags VALUES ($1, $2, $3) ON CONFLICT (experiment_id, key) DO UPDATE SET value = excluded.value",
            ct,
            id,
            tag.Key,
            tag.Value
        );

    private async Task<List<MlflowExperiment>> QueryAsync(
        string sql,
        Func<DbDataReader, MlflowExperiment> read,
        CancellationToken ct,
        params List<object?> values
    )
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var found = await connection.QueryAsync(sql, read, ct, values);
        if (found.Count == 0)
        {
            return found;
        }
        var ids = found.Select(e => long.Parse(e.ExperimentId, CultureInfo.InvariantCulture)).ToArray();
        var tags = await connection.QueryAsync(
            "SELECT experiment_id, key, value FROM experiment_tags WHERE experiment_id = ANY($1) ORDER BY key",
            r => (Id: r.GetInt64(0), Tag: new MlflowKeyValue(r.GetString(1), r.GetString(2))),
            ct,
            ids
        );
        var byId = tags.ToLookup(t => t.Id, t => t.Tag);
        return [.. found.Select(e => e with { Tags = [.. byId[long.Parse(e.ExperimentId, CultureInfo.InvariantCulture)]] })];
    }

    private static MlflowExperiment Read(DbDataReader row) =>
        new()
        {
            ExperimentId = row.GetInt64(0).ToString(CultureInfo.InvariantCulture),
            Name = row.GetString(1),
            ArtifactLocation = row.GetString(2),
            LifecycleStage = row.GetString(3),
            CreationTime = row.GetInt64(4),
            LastUpdateTime = row.GetInt64(5),
        };

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>A search of experiments.</summary>
internal sealed record ExperimentSearch(
    string? Filter,
    string[] LifecycleStages,
    IReadOnlyList<string> OrderBy,
    int MaxResults,
    string? PageToken
);
