namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>A blob as a store finds it. The stamp is different once the stored object has been written again.</summary>
internal sealed record StoredBlob(string Sha256, long SizeBytes, DateTimeOffset ModifiedAt, string Stamp);
