namespace Slipway.Inference.Service.Tests.SharedMemory;

/// <summary>A shared memory object of a client, under a key of its own; it is unlinked in the end.</summary>
internal sealed class SharedMemoryObject : IDisposable
{
    public SharedMemoryObject(params byte[] content) => File.WriteAllBytes(Path, content);

    /// <summary>Its name as <c>shm_open</c> takes it.</summary>
    public string Key { get; } = $"/slipway-test-{Guid.NewGuid():N}";

    public string Path => "/dev/shm" + Key;

    public byte[] Content
    {
        get => File.ReadAllBytes(Path);
        set
        {
            using var file = File.OpenHandle(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.Write(file, value, 0);
        }
    }

    /// <summary>Cuts it, or makes it longer.</summary>
    public void Resize(long bytes)
    {
        using var file = File.OpenHandle(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.SetLength(file, bytes);
    }

    public void Dispose() => File.Delete(Path);
}
