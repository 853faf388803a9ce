using System.Globalization;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.LoggedModels;

/// <summary>Logged models: creation, status, tags, params, deletion.</summary>
internal sealed class LoggedModelStore(NpgsqlDataSource source, TimeProvider time)
{
    private const string UpsertTagsSql = """
        INSERT INTO logged_model_tags (model_id, key, value) SELECT $1, key, value FROM unnest($2::text[], $3::text[]) AS t(key, value)
        ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value
        """;

    private const string InsertParamsSql =
        "INSERT INTO logged_model_params (model_id, key, value) SELECT $1, key, value FROM unnest($2::text[], $3::text[]) AS p(key, value)";

    public async Task<MlflowLoggedModel> CreateAsync(NewLoggedModel model, CancellationToken ct)
    {
        var id = $"m-{Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)}";
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // FOR SHARE: see RunStore.CreateAsync.
        var inserted = await connection.ExecuteAsync(
            """
            INSERT INTO logged_models (model_id, experiment_id, name, model_type, source_run_id, artifact_uri, creation_timestamp_ms, last_updated_timestamp_ms)
            SELECT $1, experiment_id, $3, $4::text, $5::text, rtrim(artifact_location, '/') || '/models/' || $1 || '/artifacts', $6, $6
            FROM experiments WHERE experiment_id = $2 AND lifecycle_stage = 'active' FOR SHARE
            """,
            ct,
            id,
            model.ExperimentId,
            model.Name,
            model.ModelType,
            model.SourceRunId,
            Now()
        );
        if (inserted == 0)
        {
            throw await Runs.RunStore.WhyNotAsync(connection, model.ExperimentId, ct);
        }
        await WriteAsync(connection, InsertParamsSql, id, model.Params, ct);
        await WriteAsync(connection, UpsertTagsSql, id, model.Tags, ct);
        await transaction.CommitAsync(ct);
        return (await LoggedModelReader.LoadAsync(connection, [id], ct))[0];
    }

    public async Task<MlflowLoggedModel> RequireAsync(string id, bool allowDeleted, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        if (!allowDeleted)
        {
            await RequireActiveAsync(connection, id, ct);
        }
        return (await LoggedModelReader.LoadAsync(connection, [id], ct)).FirstOrDefault() ?? throw NotFound(id);
    }

    public async Task<MlflowLoggedModel> FinalizeAsync(string id, string status, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await ChangeAsync(connection, id, "status = $3", ct, status);
        return (await LoggedModelReader.LoadAsync(connection, [id], ct))[0];
    }

    public async Task DeleteAsync(string id, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await ChangeAsync(connection, id, "lifecycle_stage = 'deleted'", ct);
    }

    public async Task<MlflowLoggedModel> SetTagsAsync(string id, IReadOnlyList<MlflowKeyValue> tags, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            // Changing the model's row first makes two requests about the same model take turns.
            await ChangeAsync(connection, id, "lifecycle_stage = lifecycle_stage", ct);
            await WriteAsync(connection, UpsertTagsSql, id, tags, ct);
            await transaction.CommitAsync(ct);
        }
        return (await LoggedModelReader.LoadAsync(connection, [id], ct))[0];
    }

    public async Task DeleteTagAsync(string id, string key, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await RequireActiveAsync(connection, id, ct);
        if (await connection.ExecuteAsync("DELETE FROM logged_model_tags WHERE model_id = $1 AND key = $2", ct, id, key) == 0)
        {
            throw MlflowRefusal.NotFound(
                $"No tag with key '{MlflowRules.Shorten(key)}' found for model with ID '{MlflowRules.Shorten(id)}'."
            );
        }
    }

    /// <summary>Adds params. One that exists with the same value is left alone; with another value it is refused, and nothing is added.</summary>
    public async Task LogParamsAsync(string id, IReadOnlyList<MlflowKeyValue> parameters, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ChangeAsync(connection, id, "lifecycle_stage = lifecycle_stage", ct);
        var changed = await connection.QueryAsync(
            """
            SELECT p.key FROM logged_model_params p JOIN unnest($2::text[], $3::text[]) AS n(key, value) ON n.key = p.key
            WHERE p.model_id = $1 AND p.value <> n.value ORDER BY p.key LIMIT 1
            """,
            r => r.GetString(0),
            ct,
            id,
            parameters.Select(p => p.Key).ToArray(),
            parameters.Select(p => p.Value).ToArray()
        );
        if (changed.Count > 0)
        {
            throw MlflowRefusal.Invalid(
                $"Changing param values is not allowed. Param with key='{MlflowRules.Shorten(changed[0])}' was already logged with another value for model ID='{id}'."
            );
        }
        await WriteAsync(connection, InsertParamsSql + " ON CONFLICT DO NOTHING", id, parameters, ct);
        await transaction.CommitAsync(ct);
    }

    public static MlflowRefusal NotFound(string id) =>
        MlflowRefusal.NotFound($"Logged model with ID '{MlflowRules.Shorten(id)}' not found.");

    private static async Task WriteAsync(
        NpgsqlConnection connection,
        string sql,
        string id,
        IReadOnlyList<MlflowKeyValue> pairs,
        CancellationToken ct
    )
    {
        if (pairs.Count > 0)
        {
            await connection.ExecuteAsync(sql, ct, id, pairs.Select(p => p.Key).ToArray(), pairs.Select(p => p.Value).ToArray());
        }
    }

    private async Task ChangeAsync(NpgsqlConnection connection, string id, string set, CancellationToken ct, params object[] values)
    {
        var changed = await connection.ExecuteAsync(
            $"UPDATE logged_models SET last_updated_timestamp_ms = $2, {set} WHERE model_id = $1 AND lifecycle_stage = 'active'",
            ct,
            [id, Now(), .. values]
        );
        if (changed == 0)
        {
            throw NotFound(id);
        }
    }

    private static async Task RequireActiveAsync(NpgsqlConnection connection, string id, CancellationToken ct)
    {
        var found = await connection.QueryAsync(
            "SELECT 1 FROM logged_models WHERE model_id = $1 AND lifecycle_stage = 'active'",
            r => r.GetInt32(0),
            ct,
            id
        );
        if (found.Count == 0)
        {
            throw NotFound(id);
        }
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>A logged model to create.</summary>
internal sealed record NewLoggedModel(
    long ExperimentId,
    string Name,
    string? ModelType,
    string? SourceRunId,
    IReadOnlyList<MlflowKeyValue> Params,
    IReadOnlyList<MlflowKeyValue> Tags
);
