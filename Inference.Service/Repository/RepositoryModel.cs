using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.Repository;

/// <summary>A model as its folder describes it: configuration as written, and the versions that its version policy chooses, lowest first.</summary>
internal sealed record RepositoryModel(string Name, string Folder, ModelConfig Config, IReadOnlyList<RepositoryVersion> Versions);
