namespace Slipway.Inference.Service.Serving;

/// <summary>A model's files could not be had: the registry may be away, and the next attempt may succeed.</summary>
internal sealed class ModelDownloadException(string message, Exception? inner = null) : Exception(message, inner);
