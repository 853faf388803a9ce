using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.LoggedModels;

namespace Slipway.Registry.Api.Models;

/// <summary>A version that is a logged model, and what that model says about its versions: MLflow's tag with a list of them.</summary>
internal static class LoggedModelLink
{
    private const string Tag = "mlflow.modelVersions";

    /// <summary>Where a logged model's files are, and the run that made it.</summary>
    public static async Task<(string ArtifactUri, string? RunId)> RequireAsync(NpgsqlConnection connection, string id, CancellationToken ct)
    {
        var found = await connection.QueryAsync(
            "SELECT artifact_uri, source_run_id FROM logged_models WHERE model_id = $1 AND lifecycle_stage = 'active'",
            row => (row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1)),
            ct,
            id
        );
        return found.Count == 1 ? found[0] : throw LoggedModelStore.NotFound(id);
    }

    /// <summary>Adds a version to the model's list, in the caller's transaction.</summary>
    public static async Task AddAsync(NpgsqlConnection connection, string id, string name, int version, CancellationToken ct)
    {
        // Two versions of one model that are registered at once take turns.
        await connection.QueryAsync("SELECT 1 FROM logged_models WHERE model_id = $1 FOR UPDATE", row => row.GetInt32(0), ct, id);
        var value = await connection.QueryAsync(
            "SELECT value FROM logged_model_tags WHERE model_id = $1 AND key = $2",
            row => row.GetString(0),
            ct,
            id,
            Tag
        );
        var entry =
            $$"""{"name": {{JsonValue.Create(name).ToJsonString()}}, "version": {{version.ToString(CultureInfo.InvariantCulture)}}}""";
        await connection.ExecuteAsync(
            """
            INSERT INTO logged_model_tags (model_id, key, value) VALUES ($1, $2, $3)
            ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value
            """,
            ct,
            id,
            Tag,
            value is [var list] && IsList(list) ? $"{list.TrimEnd()[..^1]}, {entry}]" : $"[{entry}]"
        );
    }

    // A client may have written anything there. What is no list with entries is replaced.
    private static bool IsList(string text)
    {
        try
        {
            return JsonNode.Parse(text) is JsonArray { Count: > 0 };
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
