namespace Slipway.Inference.Service.Repository;

/// <summary>
/// A request to load a model: a configuration in JSON that takes the place of its file, and files by their path in the model's folder (<c>1/model.onnx</c>) that take the
/// place of the folder. Files need a configuration.
/// </summary>
internal sealed record RepositoryLoad(string Name, string? Configuration, IReadOnlyDictionary<string, byte[]> Files)
{
    public RepositoryLoad(string name)
        : this(name, null, new Dictionary<string, byte[]>()) { }
}
