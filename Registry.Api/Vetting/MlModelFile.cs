using System.Diagnostics.CodeAnalysis;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.Registry.Api.Vetting;

/// <summary>
/// What vetting needs of an <c>MLmodel</c> file. Read event by event, within limits of size and depth; tags, anchors and aliases, by which YAML creates objects
/// or grows without bound, are refused.
/// </summary>
internal sealed record MlModelFile(IReadOnlyList<string> Flavors, string? OnnxFile)
{
    public const string FileName = "MLmodel";
    private const int MaxBytes = 1 << 20;
    private const int MaxDepth = 32;

    public static bool TryRead(string file, [NotNullWhen(true)] out MlModelFile? model, [NotNullWhen(false)] out string? error)
    {
        model = null;
        error = null;
        if (new FileInfo(file).Length > MaxBytes)
        {
            error = $"The MLmodel file is larger than {MaxBytes} bytes.";
            return false;
        }
        try
        {
            using var reader = new StreamReader(file);
            model = Read(new Parser(reader));
            return true;
        }
        catch (Exception e) when (e is YamlException or InvalidDataException)
        {
            error = $"The MLmodel file cannot be read: {e.Message}";
            return false;
        }
    }

    private static MlModelFile Read(Parser parser)
    {
        var flavors = new List<string>();
        string? onnxFile = null;
        // The path of mapping keys down to where the parser stands; null stands for a sequence.
        var path = new Stack<string?>();
        var isKey = new Stack<bool>();
        string? key = null;
        while (parser.MoveNext())
        {
            var current = parser.Current!;
            Refuse(current);
            switch (current)
            {
                case MappingStart or SequenceStart:
                    if (path.Count >= MaxDepth)
                    {
                        throw new InvalidDataException($"it is nested deeper than {MaxDepth} levels");
                    }
                    path.Push(key);
                    isKey.Push(current is MappingStart);
                    key = null;
                    break;
                case MappingEnd or SequenceEnd:
                    path.Pop();
                    isKey.Pop();
                    key = null;
                    break;
                case Scalar scalar when isKey.Count > 0 && isKey.Peek() && key is null:
                    key = scalar.Value;
                    if (path is { Count: 2 } && path.Peek() == "flavors")
                    {
                        flavors.Add(key);
                    }
                    break;
                case Scalar scalar:
                    if (path.Count == 3 && path.Peek() == "onnx" && path.Skip(1).First() == "flavors" && key == "data")
                    {
                        onnxFile = scalar.Value;
                    }
                    key = null;
                    break;
            }
        }
        return new MlModelFile(flavors, onnxFile);
    }

    private static void Refuse(ParsingEvent current)
    {
        if (current is AnchorAlias || current is NodeEvent { Anchor.IsEmpty: false } || current is NodeEvent { Tag.IsEmpty: false })
        {
            throw new InvalidDataException("it uses YAML tags, anchors or aliases, which a model description has no need of");
        }
    }
}
