namespace Slipway.Inference.Service.Serving;

/// <summary>A model's files could not be had from the registry: it may be away, and the next attempt may succeed.</summary>
internal sealed class ModelDownloadException(string message, Exception inner) : Exception(message, inner);
