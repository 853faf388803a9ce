namespace Slipway.Inference.Engine.Settings;

/// <summary>
/// State of a sequence: what the model writes to <paramref name="Output"/> is what it reads from <paramref name="Input"/> on the next request. The first request of
/// a sequence reads zeros of <paramref name="InitialShape"/>; without one, of the input's own shape with 1 for each variable dimension. <paramref name="InitialBytes"/> are read in
/// the place of zeros.
/// </summary>
public sealed record StatePair(string Input, string Output, IReadOnlyList<long>? InitialShape = null, byte[]? InitialBytes = null);
