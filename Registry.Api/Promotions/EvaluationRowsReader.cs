using Microsoft.EntityFrameworkCore;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Contracts.Training;
using Slipway.Registry.Api.Artifacts;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Reads a run's <see cref="EvaluationFile"/>; null where it has none.</summary>
internal sealed class EvaluationRowsReader(BlobReader blobs)
{
    public async Task<EvaluationRows?> ReadAsync(RegistryDb db, string runId, CancellationToken ct)
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var roots = await connection.QueryAsync("SELECT artifact_uri FROM runs WHERE run_id = $1", r => r.GetString(0), ct, runId);
        if (
            roots.Count == 0
            || !ArtifactUri.TryGetPath(ArtifactUri.Join(roots[0], EvaluationFile.Path), out var text)
            || !ArtifactPath.TryParse(text, out var path, out _)
        )
        {
            return null;
        }
        var found = await connection.QueryAsync(
            "SELECT sha256, size_bytes FROM artifacts WHERE path = $1",
            r => new Blob(r.GetString(0), r.GetInt64(1)),
            ct,
            path.Value
        );
        if (found is not [var blob])
        {
            return null;
        }
        if (blob.SizeBytes > EvaluationFile.MaxBytes)
        {
            return EvaluationRows.Unusable($"{EvaluationFile.Path} is larger than {EvaluationFile.MaxBytes} bytes.");
        }
        try
        {
            await using var content = await blobs.OpenAsync(blob, ct);
            return await EvaluationRows.ReadAsync(content, ct);
        }
        catch (BlobDamagedException e)
        {
            return EvaluationRows.Unusable(e.Message);
        }
    }
}
