using System.Diagnostics.CodeAnalysis;
using Slipway.Contracts.Vetting;

namespace Slipway.Registry.Api.Formats;

/// <summary>Reads an <c>MLmodel</c> file. Nothing in it is believed: it says which file to examine, and what to show beside what was found.</summary>
internal static class MlModelFile
{
    public const string FileName = "MLmodel";
    private const int MaxBytes = 1 << 20;
    private const int MaxFlavors = 50;

    public static bool TryRead(
        string file,
        [NotNullWhen(true)] out ModelDescription? model,
        out IReadOnlyList<string> warnings,
        [NotNullWhen(false)] out string? error
    )
    {
        model = null;
        error = null;
        warnings = [];
        if (new FileInfo(file).Length > MaxBytes)
        {
            error = $"The MLmodel file is larger than {MaxBytes} bytes.";
            return false;
        }
        try
        {
            using var reader = new StreamReader(file);
            model = Describe(SafeYaml.Read(reader), out warnings);
            return true;
        }
        catch (InvalidDataException e)
        {
            error = $"The MLmodel file cannot be read: {e.Message}.";
            return false;
        }
    }

    private static ModelDescription Describe(YamlValue? root, out IReadOnlyList<string> warnings)
    {
        var found = new List<string>();
        warnings = found;
        var flavors = root?["flavors"];
        return new ModelDescription
        {
            Flavors = flavors is YamlMap map ? [.. map.Members.Keys.Take(MaxFlavors)] : [],
            OnnxFile = flavors?["onnx"]?["data"]?.AsText,
            LoaderModule = flavors?["python_function"]?["loader_module"]?.AsText,
            MlflowVersion = root?["mlflow_version"]?.AsText,
            PythonVersion = flavors?["python_function"]?["python_version"]?.AsText,
            ModelUuid = root?["model_uuid"]?.AsText,
            RunId = root?["run_id"]?.AsText,
            CreatedAt = root?["utc_time_created"]?.AsText,
            ExampleFile = root?["saved_input_example_info"]?["artifact_path"]?.AsText,
            Signature = ReadSignature(root?["signature"], found),
        };
    }

    private static DeclaredSignature? ReadSignature(YamlValue? signature, List<string> warnings)
    {
        if (signature is not YamlMap)
        {
            return null;
        }
        try
        {
            return SignatureParser.Parse(signature["inputs"]?.AsText, signature["outputs"]?.AsText, signature["params"]?.AsText);
        }
        catch (InvalidDataException e)
        {
            warnings.Add($"The declared signature cannot be read: {e.Message}.");
            return null;
        }
    }
}
