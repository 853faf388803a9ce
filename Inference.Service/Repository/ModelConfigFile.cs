using System.Text;
using Google.Protobuf;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Repository.ProtoText;

namespace Slipway.Inference.Service.Repository;

/// <summary>Reads model configurations from <c>config.pbtxt</c> and from JSON, and refuses what no model here can have.</summary>
internal static class ModelConfigFile
{
    /// <summary>The file's name in a model's folder.</summary>
    public const string Name = "config.pbtxt";

    private const string Backend = "onnxruntime";
    private const string Platform = "onnxruntime_onnx";
    private const string EnsemblePlatform = "ensemble";
    private const int MaxFileBytes = 4 << 20;

    private static readonly JsonParser s_json = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(false));

    /// <summary>Whether the configuration is of a graph of other models.</summary>
    public static bool IsEnsemble(ModelConfig config) =>
        config.Platform == EnsemblePlatform || config.SchedulingChoiceCase == ModelConfig.SchedulingChoiceOneofCase.EnsembleScheduling;

    /// <summary>The configuration in a model's folder; null where it has none.</summary>
    public static ModelConfig? Read(string folder)
    {
        var path = Path.Combine(folder, Name);
        if (!File.Exists(path))
        {
            return null;
        }
        if (new FileInfo(path).Length > MaxFileBytes)
        {
            throw new RepositoryException($"{Name} is larger than {MaxFileBytes} bytes");
        }
        try
        {
            return ProtoTextReader.Read<ModelConfig>(File.ReadAllText(path, Encoding.UTF8));
        }
        catch (ProtoTextException e)
        {
            throw new RepositoryException($"failed to read text proto from {Name}: {e.Message}");
        }
    }

    /// <summary>A configuration in JSON, with field names of the protocol or in camelCase.</summary>
    public static ModelConfig Parse(string json)
    {
        try
        {
            return s_json.Parse<ModelConfig>(json);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw new RepositoryException($"failed to parse the model configuration: {e.Message}");
        }
    }

    /// <summary>A configuration as a tag has it: in JSON, or in the text form of <c>config.pbtxt</c>.</summary>
    public static ModelConfig ParseEither(string text)
    {
        if (text.AsSpan().TrimStart().StartsWith("{"))
        {
            return Parse(text);
        }
        try
        {
            return ProtoTextReader.Read<ModelConfig>(text);
        }
        catch (ProtoTextException e)
        {
            throw new RepositoryException($"failed to parse the model configuration: {e.Message}");
        }
    }

    /// <summary>The configuration as one line of JSON.</summary>
    public static string Format(ModelConfig config) => JsonFormatter.Default.Format(config);

    /// <summary>Names the model, and refuses what this server cannot be.</summary>
    public static void Complete(ModelConfig config, string name)
    {
        if (config.Name.Length > 0 && config.Name != name)
        {
            throw new RepositoryException(
                $"unexpected directory name '{name}' for model '{config.Name}', directory name must equal model name"
            );
        }
        config.Name = name;
        if (IsEnsemble(config))
        {
            config.Platform = EnsemblePlatform;
            return;
        }
        if (config.Backend.Length > 0 ? config.Backend != Backend : config.Platform.Length > 0 && config.Platform != Platform)
        {
            throw new RepositoryException(
                $"unable to find backend '{(config.Backend.Length > 0 ? config.Backend : config.Platform)}' for model '{name}': this server runs {Backend} models and ensembles"
            );
        }
        config.Backend = Backend;
        config.Platform = Platform;
        if (config.MaxBatchSize < 0)
        {
            throw new RepositoryException($"'max_batch_size' must be non-negative value for model '{name}'");
        }
    }
}
