namespace Slipway.Inference.Service.Repository;

/// <summary>A model's folder, or a request about it, is not as it must be; the message is for the one who wrote it.</summary>
internal sealed class RepositoryException(string message) : Exception(message);
