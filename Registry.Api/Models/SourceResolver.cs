using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Artifacts;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Models;

/// <summary>Where a version's files come from, and what they are at this moment.</summary>
internal sealed record ResolvedSource(string StorageUri, IReadOnlyList<(string Path, Blob Blob)> Files);

/// <summary>
/// Resolves the source of a version to files of this store. Only <c>mlflow-artifacts:/</c>, <c>runs:/</c> and <c>models:/</c> are known: the registry never
/// calls another address on a client's behalf.
/// </summary>
internal sealed class SourceResolver(IOptions<ArtifactOptions> options)
{
    private const string RunsScheme = "runs:/";
    private const string ModelsScheme = "models:/";

    public async Task<ResolvedSource> ResolveAsync(RegistryDb db, string source, CancellationToken ct)
    {
        if (source.StartsWith(ModelsScheme, StringComparison.Ordinal))
        {
            return await OfVersionAsync(db, source, ct);
        }
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var uri = source.StartsWith(RunsScheme, StringComparison.Ordinal) ? await OfRunAsync(connection, source, ct) : source;
        if (!ArtifactUri.TryGetPath(uri, out var text) || !ArtifactPath.TryParse(text, out var path, out _))
        {
            throw Invalid(source);
        }
        var limit = options.Value.MaxFilesPerVersion;
        var files = await ArtifactStore.TreeAsync(connection, path, limit + 1, ct);
        return files.Count <= limit
            ? new ResolvedSource(ArtifactUri.Of(path.Value), [.. files.Select(file => (file.Path, file.Blob))])
            : throw MlflowRefusal.Invalid($"The source has more than {limit} files.");
    }

    private static async Task<string> OfRunAsync(NpgsqlConnection connection, string source, CancellationToken ct)
    {
        var rest = source[RunsScheme.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0)
        {
            throw Invalid(source);
        }
        var runId = MlflowRules.CheckRunId(rest[..slash]);
        var roots = await connection.QueryAsync("SELECT artifact_uri FROM runs WHERE run_id = $1", r => r.GetString(0), ct, runId);
        return roots.Count == 0 ? throw Runs.RunStore.NotFound(runId) : ArtifactUri.Join(roots[0], rest[(slash + 1)..]);
    }

    /// <summary><c>models:/name/3</c> or <c>models:/name@alias</c>: the new version has the same files.</summary>
    private static async Task<ResolvedSource> OfVersionAsync(RegistryDb db, string source, CancellationToken ct)
    {
        var rest = source[ModelsScheme.Length..];
        var slash = rest.LastIndexOf('/');
        var at = rest.LastIndexOf('@');
        ModelVersionRow? version = null;
        if (slash > 0)
        {
            var (name, number) = (rest[..slash], MlflowRules.CheckVersion(rest[(slash + 1)..]));
            version = await db
                .Versions.Include(v => v.Files)
                .AsNoTracking()
                .FirstOrDefaultAsync(v => v.Model!.Name == name && v.Version == number, ct);
        }
        else if (at > 0)
        {
            var (name, alias) = (rest[..at], rest[(at + 1)..]);
            version = await db
                .Versions.Include(v => v.Files)
                .AsNoTracking()
                .FirstOrDefaultAsync(
                    v => v.Model!.Name == name && db.Aliases.Any(a => a.ModelId == v.ModelId && a.Alias == alias && a.Version == v.Version),
                    ct
                );
        }
        else
        {
            throw Invalid(source);
        }
        return version is null
            ? throw MlflowRefusal.NotFound($"The model version '{MlflowRules.Shorten(source)}' was not found.")
            : new ResolvedSource(version.StorageUri, [.. version.Files.Select(file => (file.Path, new Blob(file.Sha256, file.SizeBytes)))]);
    }

    private static MlflowRefusal Invalid(string source) =>
        MlflowRefusal.Invalid(
            $"Invalid model version source: '{MlflowRules.Shorten(source)}'. Upload the files to this server and name them as mlflow-artifacts:/path, runs:/run_id/path or models:/name/version."
        );
}
