using System.Globalization;
using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.Repository;

/// <summary>
/// Reads Triton's folder layout, <c>{repository}/{model}/config.pbtxt</c> and <c>{repository}/{model}/{version}/model.onnx</c>, without opening a model. A model's folder may hold
/// <c>model.onnx</c> itself, and be given in place of a repository.
/// </summary>
internal sealed class RepositoryReader(IReadOnlyList<string> paths, bool requireConfig)
{
    /// <summary>The name of a model whose own folder was given in place of a repository.</summary>
    public const string LoneModel = "model";

    private const string DefaultModelFile = "model.onnx";

    /// <summary>Names of the models in the repositories, sorted, each once.</summary>
    public IReadOnlyList<string> ListNames() =>
        [
            .. paths
                .SelectMany(path =>
                    IsModel(path) ? [LoneModel]
                    : Directory.Exists(path) ? Directory.EnumerateDirectories(path).Select(Path.GetFileName)
                    : []
                )
                .Where(name => IsName(name!))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)!,
        ];

    /// <summary>
    /// Reads a model; null when no repository has it. <paramref name="config"/> takes the place of its file. Throws <see cref="RepositoryException"/> where the folder
    /// is wrong.
    /// </summary>
    public RepositoryModel? Read(string name, ModelConfig? config = null)
    {
        if (FindFolder(name) is not { } folder)
        {
            return null;
        }
        config ??=
            ModelConfigFile.Read(folder)
            ?? (
                requireConfig
                    ? throw new RepositoryException(
                        $"model '{name}' has no {ModelConfigFile.Name}, which Inference:Repository:RequireConfig asks for"
                    )
                    : new ModelConfig()
            );
        return Read(name, folder, config);
    }

    /// <summary>Reads a model from a folder that is no part of a repository, such as one that a load request brought along.</summary>
    public static RepositoryModel Read(string name, string folder, ModelConfig config)
    {
        ModelConfigFile.Complete(config, name);
        var versions = FindVersions(folder);
        var chosen = VersionPolicy.Choose(config.VersionPolicy, versions.Keys);
        if (chosen.Count == 0)
        {
            throw new RepositoryException($"at least one version must be available under the version policy of model '{name}'");
        }
        return new RepositoryModel(
            name,
            folder,
            config,
            [.. chosen.Select(number => new RepositoryVersion(number, versions[number], FindModelFile(config, versions[number])))]
        );
    }

    /// <summary>Reads the model that a folder is, or that it holds alone, as <paramref name="name"/>, whatever its configuration calls it.</summary>
    public static RepositoryModel ReadFolder(string name, string folder)
    {
        if (!IsName(name))
        {
            throw new RepositoryException("model name must not contain path traversal characters");
        }
        if (!IsModel(folder) && !File.Exists(Path.Combine(folder, ModelConfigFile.Name)) && FindVersions(folder).Count == 0)
        {
            var inner = Directory.GetDirectories(folder);
            folder = inner.Length == 1 ? inner[0] : throw new RepositoryException("its folder holds no model, or more than one");
        }
        var config = ModelConfigFile.Read(folder) ?? new ModelConfig();
        config.Name = "";
        return Read(name, folder, config);
    }

    /// <summary>The folder of a model; null when no repository has one of that name. More than one is an error.</summary>
    public string? FindFolder(string name)
    {
        if (name.Length == 0)
        {
            throw new RepositoryException("Model name cannot be empty. Please enter a valid name to deploy.");
        }
        if (!IsName(name))
        {
            throw new RepositoryException("model name must not contain path traversal characters");
        }
        var folders = paths
            .Select(path => IsModel(path) ? (name == LoneModel ? path : "") : Path.Combine(path, name))
            .Where(Directory.Exists)
            .ToArray();
        return folders.Length switch
        {
            0 => null,
            1 => folders[0],
            _ => throw new RepositoryException($"model '{name}' is in more than one repository"),
        };
    }

    // A name is one part of a path, and nothing that a shell or an editor leaves behind.
    private static bool IsName(string name) =>
        name.Length is > 0 and <= 255 && name[0] != '.' && !name.Any(c => c is '/' or '\\' || char.IsControl(c));

    private static Dictionary<int, string> FindVersions(string folder)
    {
        var versions = new Dictionary<int, string>();
        foreach (var path in Directory.EnumerateDirectories(folder))
        {
            var name = Path.GetFileName(path);
            if (name[0] != '0' && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                versions.Add(number, path);
            }
        }
        // One model, not one of several versions: as exporters and MLflow write it.
        return versions.Count == 0 && IsModel(folder) ? new() { [1] = folder } : versions;
    }

    private static bool IsModel(string folder) => File.Exists(Path.Combine(folder, DefaultModelFile));

    private static string? FindModelFile(ModelConfig config, string folder)
    {
        if (ModelConfigFile.IsEnsemble(config))
        {
            return null;
        }
        var file = config.DefaultModelFilename.Length > 0 ? config.DefaultModelFilename : DefaultModelFile;
        if (Path.IsPathRooted(file) || file.Split('/', '\\').Contains("..", StringComparer.Ordinal))
        {
            throw new RepositoryException($"default_model_filename '{file}' must be a path inside the version's folder");
        }
        // A model with external data may be a folder that is called as the file would be.
        return Directory.Exists(Path.Combine(folder, file)) ? $"{file}/{DefaultModelFile}" : file;
    }
}
