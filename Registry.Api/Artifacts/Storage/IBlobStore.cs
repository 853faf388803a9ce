namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>
/// Where bytes lie under their own digest. Content is first staged (received, counted and hashed aside), then placed under its digest within the transaction
/// that refers to it; what is placed is whole and never changes.
/// </summary>
internal interface IBlobStore
{
    /// <summary>Receives everything <paramref name="content"/> gives, in flat memory. Nothing is left behind when it fails or is cancelled.</summary>
    Task<IStagedBlob> StageAsync(Stream content, long maxBytes, CancellationToken ct);

    /// <summary>What the store knows of a blob without reading it, or null.</summary>
    Task<StoredBlob?> FindAsync(string sha256, CancellationToken ct);

    /// <summary>A stream that can seek, and reads nothing before it is read from. It does not check the bytes: see <see cref="BlobReader"/>.</summary>
    Stream Open(StoredBlob blob);

    /// <summary>Deletes a blob; no error where there is none.</summary>
    Task DeleteAsync(string sha256, CancellationToken ct);

    /// <summary>Everything that is placed, in no order.</summary>
    IAsyncEnumerable<StoredBlob> ListAsync(CancellationToken ct);

    /// <summary>Deletes what a killed process staged and never placed, once it is older than <paramref name="before"/>.</summary>
    Task DeleteAbandonedAsync(DateTimeOffset before, CancellationToken ct);

    /// <summary>An address at which anybody can get the blob until <paramref name="lifetime"/> has passed; null where the store has none.</summary>
    Uri? Presign(string sha256, string fileName, TimeSpan lifetime);
}
