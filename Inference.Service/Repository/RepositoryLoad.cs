using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.Repository;

/// <summary>
/// A request to load a model: a configuration in JSON that takes the place of its file, and files by their path in the model's folder (<c>1/model.onnx</c>) that take the
/// place of the folder. Files need a configuration.
/// </summary>
internal sealed record RepositoryLoad(string Name, string? Configuration, IReadOnlyDictionary<string, byte[]> Files)
{
    public RepositoryLoad(string name)
        : this(name, null, new Dictionary<string, byte[]>()) { }

    /// <summary>The configuration, if there is one; throws <see cref="RepositoryException"/> where it cannot be read, or asks for what a caller may not choose.</summary>
    public ModelConfig? ReadConfiguration()
    {
        if (Configuration is null)
        {
            return null;
        }
        var config = ModelConfigFile.Parse(Configuration);
        ModelConfigProviders.RefuseFiles(config);
        return config;
    }
}
