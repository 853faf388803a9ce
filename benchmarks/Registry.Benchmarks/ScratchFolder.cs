namespace Slipway.Registry.Benchmarks;

/// <summary>A folder on the disk of the system's temporary files; disposing deletes it.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("registry-benchmark-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
