namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>Content that was received but is not placed yet; disposing deletes it where it was not.</summary>
internal interface IStagedBlob : IAsyncDisposable
{
    /// <summary>Digest and size of what was received.</summary>
    Blob Blob { get; }

    /// <summary>Makes it readable under its digest, replacing what may be there: equal bytes, or damaged ones, which this repairs.</summary>
    Task PlaceAsync(CancellationToken ct);
}
