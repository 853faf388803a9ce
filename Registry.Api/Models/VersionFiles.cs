using Npgsql;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Models;

/// <summary>The files that a version was registered with.</summary>
internal sealed class VersionFiles(NpgsqlDataSource source)
{
    /// <summary>A file of a version, or a refusal with 404 that says which of both is missing.</summary>
    public async Task<(Blob Blob, DateTimeOffset At)> FindAsync(string model, int version, string path, CancellationToken ct)
    {
        var found = await source.QueryAsync(
            """
            SELECT v.created_at, f.sha256, f.size_bytes
            FROM model_versions v JOIN registered_models m ON m.id = v.model_id
            LEFT JOIN model_version_files f ON f.model_id = v.model_id AND f.version = v.version AND f.path = $3
            WHERE m.name = $1 AND v.version = $2
            """,
            r => (At: r.GetFieldValue<DateTimeOffset>(0), Blob: r.IsDBNull(1) ? (Blob?)null : new Blob(r.GetString(1), r.GetInt64(2))),
            ct,
            model,
            version,
            path
        );
        return found switch
        {
            [] => throw ModelVersionStore.NotFound(model, version),
            [{ Blob: { } blob, At: var at }, ..] => (blob, at),
            _ => throw MlflowRefusal.NotFound($"No artifact exists at path '{path}' of this version."),
        };
    }
}
