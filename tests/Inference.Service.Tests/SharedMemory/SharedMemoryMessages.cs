namespace Slipway.Inference.Service.Tests.SharedMemory;

/// <summary>Where in shared memory a tensor is said to be; what is null is not sent.</summary>
internal sealed record Place(string? Region, ulong? ByteSize, ulong? Offset = null);

/// <summary>An input in shared memory, in bytes, or (wrongly) in both.</summary>
internal sealed record SharedMemoryInput(string Name, string Datatype, long[] Shape, byte[]? Bytes, Place? Place = null);

/// <summary>An output for shared memory or for the answer.</summary>
internal sealed record SharedMemoryOutput(string Name, Place? Place = null, int Classes = 0);

/// <summary>An error, or the outputs as <c>name datatype shape</c> and their bytes in the answer.</summary>
internal sealed record SharedMemoryAnswer(string Error, string Outputs, IReadOnlyList<byte[]> Bytes);
