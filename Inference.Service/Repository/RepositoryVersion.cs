namespace Slipway.Inference.Service.Repository;

/// <summary>A version's folder in a repository, and the model file in it relative to that folder; null for an ensemble, which has none.</summary>
internal sealed record RepositoryVersion(int Number, string Folder, string? ModelFile);
