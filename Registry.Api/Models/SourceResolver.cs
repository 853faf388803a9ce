using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Artifacts;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Models;

/// <summary>Where a version's files come from, and what they are at this moment; perhaps the run and the logged model that the source tells of.</summary>
internal sealed record ResolvedSource(string StorageUri, IReadOnlyList<(string Path, Blob Blob)> Files)
{
    public string? RunId { get; init; }
    public string? LoggedModelId { get; init; }
}

/// <summary>
/// Resolves the source of a version to files of this store: <c>mlflow-artifacts:/</c>, <c>runs:/</c> and <c>models:/</c>. Any other address is kept as text and
/// has no files here, so that such a version is never served: the registry never calls another address on a client's behalf.
/// </summary>
internal sealed class SourceResolver(IOptions<ArtifactOptions> options)
{
    private const string RunsScheme = "runs:/";
    private const string ModelsScheme = "models:/";

    public async Task<ResolvedSource> ResolveAsync(RegistryDb db, NewVersion version, CancellationToken ct)
    {
        var source = version.Source;
        if (Prompts.Is(version.Tags))
        {
            // A prompt's text is in its tags; its source is any word.
            return new ResolvedSource(source, []);
        }
        SourceRules.Check(source);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        if (version.LoggedModelId is { } model)
        {
            await LoggedModelLink.RequireAsync(connection, model, ct);
        }
        if (source.StartsWith(ModelsScheme + "m-", StringComparison.Ordinal) && source.AsSpan(ModelsScheme.Length).IndexOfAny('/', '@') < 0)
        {
            var id = source[ModelsScheme.Length..];
            var (uri, runId) = await LoggedModelLink.RequireAsync(connection, id, ct);
            return new ResolvedSource(uri, await FilesAsync(connection, uri, ct)) { RunId = runId, LoggedModelId = id };
        }
        if (source.StartsWith(ModelsScheme, StringComparison.Ordinal))
        {
            return await OfVersionAsync(db, source, ct);
        }
        if (source.StartsWith(RunsScheme, StringComparison.Ordinal))
        {
            return new ResolvedSource(
                source,
                await OfRunAsync(connection, source, ct) is { } root ? await FilesAsync(connection, root, ct) : []
            );
        }
        return new ResolvedSource(source, await FilesAsync(connection, source, ct));
    }

    private async Task<IReadOnlyList<(string Path, Blob Blob)>> FilesAsync(NpgsqlConnection connection, string uri, CancellationToken ct)
    {
        if (!ArtifactUri.TryGetPath(uri, out var text))
        {
            return [];
        }
        var plain = string.Join('/', text.Split('/', StringSplitOptions.RemoveEmptyEntries));
        if (!ArtifactPath.TryParse(plain, out var path, out var error))
        {
            throw MlflowRefusal.Invalid(
                $"Invalid model version source: '{MlflowRules.Shorten(uri)}': its path cannot be one of this store, {error}."
            );
        }
        var limit = options.Value.MaxFilesPerVersion;
        var files = await ArtifactStore.TreeAsync(connection, path, limit + 1, ct);
        return files.Count <= limit
            ? [.. files.Select(file => (file.Path, file.Blob))]
            : throw MlflowRefusal.Invalid($"The source has more than {limit} files.");
    }

    /// <summary>The address behind <c>runs:/id/path</c>; null where this registry has no such run, as when it stands beside another tracking server.</summary>
    private static async Task<string?> OfRunAsync(NpgsqlConnection connection, string source, CancellationToken ct)
    {
        var rest = source[RunsScheme.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var path = slash <= 0 ? "" : rest[(slash + 1)..].TrimEnd('/');
        if (slash <= 0 || (path.Length > 0 && !ArtifactPath.TryParse(path, out _, out _)))
        {
            throw Invalid(source);
        }
        var roots = await connection.QueryAsync("SELECT artifact_uri FROM runs WHERE run_id = $1", r => r.GetString(0), ct, rest[..slash]);
        return roots.Count == 0 ? null : ArtifactUri.Join(roots[0], path);
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
            $"Invalid model version source: '{MlflowRules.Shorten(source)}'. Name the files as mlflow-artifacts:/path, runs:/run_id/path or models:/name/version."
        );
}
