namespace Slipway.Inference.Service.Tests.SharedMemory;

/// <summary>What a client does with shared memory, over one of the wires. An error is its status and its text.</summary>
internal abstract class SharedMemoryClient
{
    /// <summary>An error, or nothing.</summary>
    public abstract Task<string> RegisterAsync(string name, string key, ulong offset, ulong byteSize);

    /// <summary>An error, or nothing; an empty name is that of all.</summary>
    public abstract Task<string> UnregisterAsync(string name);

    /// <summary>An error, or the regions as <c>name key offset byte_size</c>, one a line; an empty name is that of all.</summary>
    public abstract Task<string> StatusAsync(string name);

    public abstract Task<SharedMemoryAnswer> InferAsync(
        string model,
        string? id,
        IReadOnlyList<SharedMemoryInput> inputs,
        IReadOnlyList<SharedMemoryOutput> outputs
    );

    /// <summary>Statuses as both wires have them: HTTP's and gRPC's.</summary>
    public string Status(int http, int grpc) => $"{(this is RestSharedMemoryClient ? http : grpc)}";
}
