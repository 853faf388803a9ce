using Slipway.Inference.Service.SharedMemory;

namespace Slipway.Inference.Service.Predictions;

/// <summary>An output that the caller asked for, and in which form.</summary>
/// <param name="Index">Its place in the model's signature.</param>
/// <param name="IsBinary">Whether it is wanted as bytes; null where the request as a whole decides.</param>
/// <param name="Classes">How many of its highest values are wanted as classes; 0 for the tensor itself.</param>
/// <param name="Shared">Where in shared memory it is wanted, or null for the answer.</param>
internal readonly record struct RequestedOutput(int Index, bool? IsBinary, int Classes, SharedMemorySlice? Shared = null);
