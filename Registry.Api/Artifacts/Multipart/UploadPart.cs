using Slipway.Registry.Api.Artifacts.Storage;

namespace Slipway.Registry.Api.Artifacts.Multipart;

/// <summary>A part that was received; its digest is its entity tag.</summary>
internal sealed record UploadPart(int Number, Blob Blob);

/// <summary>An upload in parts.</summary>
internal sealed record OpenUpload(Guid Id, ArtifactPath Path, int Parts, DateTimeOffset ExpiresAt, bool IsCompleted);
