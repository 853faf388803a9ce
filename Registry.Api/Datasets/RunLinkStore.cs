using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Runs;

namespace Slipway.Registry.Api.Datasets;

/// <summary>Writes what runs have read and made: datasets and logged models. Writing an input again changes nothing, not even its tags.</summary>
internal sealed class RunLinkStore(NpgsqlDataSource source)
{
    private const string InsertDatasetsSql = """
        INSERT INTO datasets (experiment_id, name, digest, source_type, source, schema, profile)
        SELECT r.experiment_id, d.name, d.digest, d.source_type, d.source, d.schema, d.profile
        FROM runs r, unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
            AS d(name, digest, source_type, source, schema, profile)
        WHERE r.run_id = $1
        ON CONFLICT (experiment_id, name, digest) DO NOTHING
        """;

    // Tags are written for those inputs alone that are new to the run.
    private const string LinkDatasetsSql = """
        WITH linked AS (
            INSERT INTO run_datasets (run_id, dataset_id)
            SELECT $1, d.dataset_id FROM runs r JOIN datasets d ON d.experiment_id = r.experiment_id
            JOIN unnest($2::text[], $3::text[]) AS n(name, digest) ON n.name = d.name AND n.digest = d.digest
            WHERE r.run_id = $1
            ON CONFLICT DO NOTHING RETURNING dataset_id
        )
        INSERT INTO run_dataset_tags (run_id, dataset_id, key, value)
        SELECT $1, d.dataset_id, t.key, t.value FROM linked JOIN datasets d ON d.dataset_id = linked.dataset_id
        JOIN unnest($4::text[], $5::text[], $6::text[], $7::text[]) AS t(name, digest, key, value) ON t.name = d.name AND t.digest = d.digest
        """;

    private const string LinkModelsSql = """
        INSERT INTO run_models (run_id, is_output, model_id, step) SELECT $1, $2, model_id, step FROM unnest($3::text[], $4::bigint[]) AS m(model_id, step)
        ON CONFLICT (run_id, is_output, model_id) DO UPDATE SET step = excluded.step
        """;

    public async Task LogInputsAsync(
        string runId,
        IReadOnlyList<MlflowDatasetInput> datasets,
        IReadOnlyList<MlflowModelOutput> models,
        CancellationToken ct
    )
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await RunStore.RequireActiveAsync(connection, runId, ct);
        // Of equal datasets in one request the first stands, as between requests; the order of keys keeps two requests from waiting for each other in a circle.
        var distinct = datasets
            .GroupBy(input => (input.Dataset.Name, input.Dataset.Digest))
            .Select(same => same.First())
            .OrderBy(input => input.Dataset.Name, StringComparer.Ordinal)
            .ThenBy(input => input.Dataset.Digest, StringComparer.Ordinal)
            .ToList();
        if (distinct.Count > 0)
        {
            await WriteAsync(connection, runId, distinct, ct);
        }
        await LinkAsync(connection, runId, isOutput: false, models, ct);
        await transaction.CommitAsync(ct);
    }

    public async Task LogOutputsAsync(string runId, IReadOnlyList<MlflowModelOutput> models, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await RunStore.RequireActiveAsync(connection, runId, ct);
        await LinkAsync(connection, runId, isOutput: true, models, ct);
        await transaction.CommitAsync(ct);
    }

    private static async Task WriteAsync(NpgsqlConnection connection, string runId, List<MlflowDatasetInput> inputs, CancellationToken ct)
    {
        var names = inputs.Select(i => i.Dataset.Name).ToArray();
        var digests = inputs.Select(i => i.Dataset.Digest).ToArray();
        await connection.ExecuteAsync(
            InsertDatasetsSql,
            ct,
            runId,
            names,
            digests,
            inputs.Select(i => i.Dataset.SourceType).ToArray(),
            inputs.Select(i => i.Dataset.Source).ToArray(),
            inputs.Select(i => i.Dataset.Schema).ToArray(),
            inputs.Select(i => i.Dataset.Profile).ToArray()
        );
        var tags = inputs.SelectMany(i => i.Tags.Select(tag => (i.Dataset.Name, i.Dataset.Digest, tag.Key, tag.Value))).ToList();
        await connection.ExecuteAsync(
            LinkDatasetsSql,
            ct,
            runId,
            names,
            digests,
            tags.Select(t => t.Name).ToArray(),
            tags.Select(t => t.Digest).ToArray(),
            tags.Select(t => t.Key).ToArray(),
            tags.Select(t => t.Value).ToArray()
        );
    }

    private static async Task LinkAsync(
        NpgsqlConnection connection,
        string runId,
        bool isOutput,
        IReadOnlyList<MlflowModelOutput> models,
        CancellationToken ct
    )
    {
        if (models.Count > 0)
        {
            var ordered = models.OrderBy(m => m.ModelId, StringComparer.Ordinal).ToList();
            await connection.ExecuteAsync(
                LinkModelsSql,
                ct,
                runId,
                isOutput,
                ordered.Select(m => m.ModelId).ToArray(),
                ordered.Select(m => m.Step).ToArray()
            );
        }
    }
}
