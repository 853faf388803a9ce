namespace Slipway.Inference.Service.Json;

/// <summary>The text is not JSON; the message says what was wrong and at which byte, as far as possible in RapidJSON's words, which clients of Triton know.</summary>
internal sealed class JsonFormatException(string problem, int offset)
    : Exception($"failed to parse the request JSON buffer: {problem} at {offset}");
