using Microsoft.Extensions.Options;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Serving;
using Slipway.Registry.Api.Artifacts;
using Slipway.Registry.Api.Artifacts.Storage;

namespace Slipway.Registry.Api.Copies;

/// <summary>Streams the files of a version from another registry into this one's store. What is here already, from an earlier attempt, is not fetched again.</summary>
internal sealed class CopyFiles(
    ArtifactStore artifacts,
    IBlobStore blobs,
    CopyStore copies,
    IOptions<CopyOptions> options,
    IOptions<ArtifactOptions> limits,
    TimeProvider time
)
{
    /// <summary>The folder of a copy in the artifact store.</summary>
    public static string FolderOf(Guid copy) => $"copies/{copy:N}/model";

    public async Task FetchAsync(CopyClaim claim, HttpClient http, IReadOnlyList<ServedFile> files, CancellationToken ct)
    {
        if (files.Count > limits.Value.MaxFilesPerVersion)
        {
            throw new CopyFailedException($"The version has more than {limits.Value.MaxFilesPerVersion} files.");
        }
        for (var i = 0; i < files.Count; i++)
        {
            await ReportAsync(claim, i, files.Count, ct);
            var target = Target(claim.Copy.Id, files[i]);
            if (await artifacts.FindAsync(target, ct) is not { } present || present.Blob.Sha256 != files[i].Sha256)
            {
                await FetchAsync(claim, http, files[i], target, i, files.Count, ct);
            }
        }
        await ReportAsync(claim, files.Count, files.Count, ct);
    }

    private async Task ReportAsync(CopyClaim claim, int done, int total, CancellationToken ct)
    {
        if (!await copies.ProgressAsync(claim, done, total, ct))
        {
            throw new OperationCanceledException("Another worker has taken the copy over.");
        }
    }

    /// <summary>The other registry's names are checked like any client's: it may be damaged, or not what it seems.</summary>
    private static ArtifactPath Target(Guid copy, ServedFile file) =>
        ArtifactPath.TryParse($"{FolderOf(copy)}/{file.Path}", out var path, out var error) && Blob.IsDigest(file.Sha256)
            ? path
            : throw new CopyFailedException($"The file '{file.Path}' cannot be stored: {error ?? "it has no SHA-256"}.");

    private async Task FetchAsync(
        CopyClaim claim,
        HttpClient http,
        ServedFile file,
        ArtifactPath target,
        int done,
        int total,
        CancellationToken ct
    )
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(TimeSpan.FromMinutes(options.Value.FileTimeoutMinutes));
        // A large file takes longer than a lease.
        await using var renewal = time.CreateTimer(
            _ => _ = RenewAsync(claim, done, total, limited),
            null,
            TimeSpan.FromSeconds(30),
            TimeSpan.FromSeconds(30)
        );
        using var response = await http.GetAsync($"api/v1/blobs/{file.Sha256}", HttpCompletionOption.ResponseHeadersRead, limited.Token);
        if (!response.IsSuccessStatusCode)
        {
            throw new CopyFailedException($"The other registry answered {(int)response.StatusCode} for the file '{file.Path}'.");
        }
        await using var content = await response.Content.ReadAsStreamAsync(limited.Token);
        await using var staged = await StageAsync(content, file, limited.Token);
        if (staged.Blob.Sha256 != file.Sha256)
        {
            throw new CopyFailedException(
                $"The file '{file.Path}' came with SHA-256 {staged.Blob.Sha256} and should have {file.Sha256}. Nothing of it was kept."
            );
        }
        if (await artifacts.PutAsync(target, staged, limited.Token) != PutOutcome.Stored)
        {
            throw new CopyFailedException($"The file '{file.Path}' and another of the version are file and folder of one name.");
        }
    }

    private async Task<IStagedBlob> StageAsync(Stream content, ServedFile file, CancellationToken ct)
    {
        try
        {
            return await blobs.StageAsync(content, Math.Min(Math.Max(file.SizeBytes, 0), limits.Value.MaxUploadBytes), ct);
        }
        catch (UploadTooLargeException)
        {
            throw new CopyFailedException($"The file '{file.Path}' is larger than it should be, or than this registry takes.");
        }
    }

    private async Task RenewAsync(CopyClaim claim, int done, int total, CancellationTokenSource download)
    {
        try
        {
            if (!await copies.ProgressAsync(claim, done, total, download.Token))
            {
                await download.CancelAsync();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or System.Data.Common.DbException)
        {
            // The download has ended, or the database is away: the lease runs out, and the next attempt goes on from here.
        }
    }
}
