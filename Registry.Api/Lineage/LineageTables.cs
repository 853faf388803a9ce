using System.Globalization;
using Npgsql;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Training;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Lineage;

/// <summary>What the registry's own tables say: datasets, runs, versions, endpoints.</summary>
internal sealed class LineageTables(NpgsqlDataSource source)
{
    private const int MaxNeighbours = 200;

    // Training wrote its datasets as tags before runs could name them as inputs: those of a run without inputs still count.
    private const string DatasetTag = "slipway.dataset.%";

    /// <summary>The node, or null where there is no such thing.</summary>
    public async Task<LineageNode?> FindAsync(LineageId id, CancellationToken ct)
    {
        switch (id.Kind)
        {
            case LineageKind.Dataset:
                return await FindDatasetAsync(id, ct);
            case LineageKind.Run:
                return await OneAsync(
                    id,
                    """
                    SELECT r.run_name, e.name, r.status, r.lifecycle_stage FROM runs r JOIN experiments e USING (experiment_id) WHERE r.run_id = $1
                    """,
                    ["experiment", "status", "lifecycleStage"],
                    ct,
                    id.Key
                );
            case LineageKind.Version:
                var (model, version) = id.AsVersion();
                return await OneAsync(
                    id,
                    """
                    SELECT m.name || ' v' || v.version, v.digest, v.vetting_status, v.stage,
                        (SELECT string_agg(a.alias, ', ' ORDER BY a.alias) FROM model_aliases a WHERE a.model_id = v.model_id AND a.version = v.version)
                    FROM model_versions v JOIN registered_models m ON m.id = v.model_id WHERE m.name = $1 AND v.version = $2
                    """,
                    ["digest", "vetting", "stage", "aliases"],
                    ct,
                    model,
                    version
                );
            case LineageKind.Endpoint:
                return await OneAsync(id, "SELECT name FROM endpoints WHERE name = $1", [], ct, id.Key);
            default:
                return null;
        }
    }

    public async Task<List<LineageId>> DownAsync(LineageId id, CancellationToken ct)
    {
        switch (id.Kind)
        {
            case LineageKind.Dataset:
                var (name, digest) = id.AsDataset();
                return await RunsAsync(
                    """
                    SELECT l.run_id FROM run_datasets l JOIN datasets d USING (dataset_id) WHERE d.name = $1 AND d.digest = $2
                    UNION SELECT t.run_id FROM run_tags t WHERE $2 = '' AND t.key LIKE 'slipway.dataset.%' AND t.value = $1
                    """,
                    ct,
                    name,
                    digest
                );
            case LineageKind.Run:
                return await VersionsAsync(
                    "SELECT m.name, v.version FROM model_versions v JOIN registered_models m ON m.id = v.model_id WHERE v.run_id = $1",
                    ct,
                    id.Key
                );
            case LineageKind.Version:
                var (model, version) = id.AsVersion();
                return await QueryAsync(
                    """
                    SELECT DISTINCT r.endpoint_name FROM endpoint_routes r JOIN registered_models m ON m.id = r.model_id
                    LEFT JOIN model_aliases a ON a.model_id = r.model_id AND a.alias = r.alias
                    WHERE m.name = $1 AND coalesce(r.version, a.version) = $2
                    """,
                    r => LineageId.Endpoint(r.GetString(0)),
                    ct,
                    model,
                    version
                );
            default:
                return [];
        }
    }

    public async Task<List<LineageId>> UpAsync(LineageId id, CancellationToken ct)
    {
        switch (id.Kind)
        {
            case LineageKind.Run:
                var inputs = await QueryAsync(
                    "SELECT d.name, d.digest FROM run_datasets l JOIN datasets d USING (dataset_id) WHERE l.run_id = $1",
                    r => LineageId.Dataset(r.GetString(0), r.GetString(1)),
                    ct,
                    id.Key
                );
                var tags =
                    inputs.Count > 0
                        ? []
                        : await QueryAsync(
                            "SELECT value FROM run_tags WHERE run_id = $1 AND key LIKE $2",
                            r => LineageId.Dataset(r.GetString(0), ""),
                            ct,
                            id.Key,
                            DatasetTag
                        );
                var jobs = await source.QueryAsync(
                    "SELECT value FROM run_tags WHERE run_id = $1 AND key = $2",
                    r => r.GetString(0),
                    ct,
                    id.Key,
                    RunNames.JobTag
                );
                return [.. inputs, .. tags, .. jobs.Where(job => Guid.TryParse(job, out _)).Select(job => LineageId.Job(Guid.Parse(job)))];
            case LineageKind.Version:
                var (model, version) = id.AsVersion();
                return await RunsAsync(
                    """
                    SELECT v.run_id FROM model_versions v JOIN registered_models m ON m.id = v.model_id
                    WHERE m.name = $1 AND v.version = $2 AND v.run_id IN (SELECT run_id FROM runs)
                    """,
                    ct,
                    model,
                    version
                );
            case LineageKind.Endpoint:
                return await VersionsAsync(
                    """
                    SELECT DISTINCT m.name, coalesce(r.version, a.version) FROM endpoint_routes r JOIN registered_models m ON m.id = r.model_id
                    LEFT JOIN model_aliases a ON a.model_id = r.model_id AND a.alias = r.alias
                    WHERE r.endpoint_name = $1 AND coalesce(r.version, a.version) IS NOT NULL
                    """,
                    ct,
                    id.Key
                );
            default:
                return [];
        }
    }

    /// <summary>The runs of a training job: one of each of its attempts.</summary>
    public Task<List<LineageId>> RunsOfJobAsync(Guid job, CancellationToken ct) =>
        RunsAsync("SELECT run_id FROM run_tags WHERE key = $1 AND value = $2", ct, RunNames.JobTag, job.ToString());

    private async Task<LineageNode?> FindDatasetAsync(LineageId id, CancellationToken ct)
    {
        var (name, digest) = id.AsDataset();
        var known = await OneAsync(
            id,
            """
            SELECT d.name, d.digest, d.source_type, left(d.source, 1000), left(d.schema, 4000), left(d.profile, 4000)
            FROM datasets d WHERE d.name = $1 AND d.digest = $2 ORDER BY d.dataset_id LIMIT 1
            """,
            ["digest", "sourceType", "source", "schema", "profile"],
            ct,
            name,
            digest
        );
        if (known is not null || digest.Length > 0)
        {
            return known;
        }
        var tagged = await source.QueryAsync(
            "SELECT 1 FROM run_tags WHERE key LIKE $1 AND value = $2 LIMIT 1",
            r => r.GetInt32(0),
            ct,
            DatasetTag,
            name
        );
        return tagged.Count == 0
            ? null
            : new LineageNode(id.ToString(), id.Kind, name, new Dictionary<string, string> { ["source"] = name });
    }

    private async Task<LineageNode?> OneAsync(LineageId id, string sql, string[] details, CancellationToken ct, params List<object?> values)
    {
        var found = await source.QueryAsync(
            sql,
            r => new LineageNode(
                id.ToString(),
                id.Kind,
                r.GetString(0),
                details
                    .Select((name, i) => (Name: name, Value: r.IsDBNull(i + 1) ? null : r.GetValue(i + 1)))
                    .Where(d => d.Value is not null and not "")
                    .ToDictionary(d => d.Name, d => Convert.ToString(d.Value, CultureInfo.InvariantCulture)!)
            ),
            ct,
            values
        );
        return found.FirstOrDefault();
    }

    private Task<List<LineageId>> RunsAsync(string sql, CancellationToken ct, params List<object?> values) =>
        QueryAsync(sql, r => LineageId.Run(r.GetString(0)), ct, values);

    private Task<List<LineageId>> VersionsAsync(string sql, CancellationToken ct, params List<object?> values) =>
        QueryAsync(sql, r => LineageId.Version(r.GetString(0), r.GetInt32(1)), ct, values);

    private Task<List<LineageId>> QueryAsync(
        string sql,
        Func<System.Data.Common.DbDataReader, LineageId> read,
        CancellationToken ct,
        params List<object?> values
    ) => source.QueryAsync($"{sql} LIMIT {MaxNeighbours}", read, ct, values);
}
