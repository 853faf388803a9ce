namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>What is stored under a digest is missing, or is not what the digest says. Its message is for clients and names no place of this server.</summary>
internal sealed class BlobDamagedException(string sha256, string what)
    : Exception($"The stored bytes of blob {sha256} {what}. Upload the file again to repair it.")
{
    public string Sha256 { get; } = sha256;

    /// <summary>Nothing is there at all: where replicas keep files on disks of their own, another may have it.</summary>
    public bool IsMissing { get; init; }
}
