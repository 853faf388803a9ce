namespace Slipway.Inference.Engine.Models;

/// <summary>
/// Finds every external data location in an ONNX file: initializers, attribute tensors, sparse tensors, at any depth of subgraphs and functions. It runs before the
/// native parser sees the file and needs no memory for the weights.
/// </summary>
internal sealed class ExternalDataScanner
{
    // The same depth as protobuf's own limit: what is deeper, the runtime refuses too.
    private const int DepthLimit = 100;
    private const int TextLimitBytes = 4096;
    private const int LocationLimit = 100_000;

    private readonly OnnxWireReader _reader;
    private readonly HashSet<string> _locations = new(StringComparer.Ordinal);
    private bool _hasGraph;

    private ExternalDataScanner(OnnxWireReader reader) => _reader = reader;

    private enum Message
    {
        Other,
        Model,
        Training,
        Graph,
        Node,
        Function,
        Attribute,
        SparseTensor,
        Tensor,
        ExternalEntry,
    }

    /// <summary>The distinct locations as the file states them, unchecked.</summary>
    public static IReadOnlyCollection<string> Scan(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var scanner = new ExternalDataScanner(new OnnxWireReader(file));
        try
        {
            if (file.Length > int.MaxValue)
            {
                throw new InvalidDataException(
                    "it is larger than 2 GiB, the limit of the format; larger weights belong into external data"
                );
            }

            scanner.Walk(Message.Model, file.Length, 0);
            return scanner._hasGraph ? scanner._locations : throw new InvalidDataException("it holds no graph");
        }
        catch (InvalidDataException e)
        {
            throw new ModelLoadException(ModelLoadCodes.NotOnnx, $"'{Path.GetFileName(path)}' is not an ONNX model: {e.Message}.", e);
        }
    }

    private static Message Child(Message parent, ulong field) =>
        (parent, field) switch
        {
            (Message.Model, 7) => Message.Graph,
            (Message.Model, 20) => Message.Training,
            (Message.Model, 25) => Message.Function,
            (Message.Training, 1 or 2) => Message.Graph,
            (Message.Graph, 1) => Message.Node,
            (Message.Graph, 5) => Message.Tensor,
            (Message.Graph, 15) => Message.SparseTensor,
            (Message.Node, 5) => Message.Attribute,
            (Message.Function, 7) => Message.Node,
            (Message.Function, 11) => Message.Attribute,
            (Message.Attribute, 5 or 10) => Message.Tensor,
            (Message.Attribute, 6 or 11) => Message.Graph,
            (Message.Attribute, 22 or 23) => Message.SparseTensor,
            (Message.SparseTensor, 1 or 2) => Message.Tensor,
            (Message.Tensor, 13) => Message.ExternalEntry,
            _ => Message.Other,
        };

    private void Walk(Message message, long end, int depth)
    {
        if (depth > DepthLimit)
        {
            throw new InvalidDataException($"it is nested deeper than {DepthLimit} levels");
        }

        while (_reader.Position < end)
        {
            var (field, wireType) = _reader.ReadTag(end);
            var child = wireType == 2 ? Child(message, field) : Message.Other;
            switch (child)
            {
                case Message.Other:
                    _reader.SkipField(wireType, end);
                    break;
                case Message.ExternalEntry:
                    ReadEntry(_reader.ReadFieldEnd(end));
                    break;
                default:
                    _hasGraph |= message == Message.Model && child == Message.Graph;
                    Walk(child, _reader.ReadFieldEnd(end), depth + 1);
                    break;
            }
        }
    }

    private void ReadEntry(long end)
    {
        string? key = null;
        string? value = null;
        while (_reader.Position < end)
        {
            var (field, wireType) = _reader.ReadTag(end);
            if (wireType == 2 && field is 1 or 2)
            {
                var text = _reader.ReadText(_reader.ReadFieldEnd(end), TextLimitBytes);
                (key, value) = field == 1 ? (text, value) : (key, text);
            }
            else
            {
                _reader.SkipField(wireType, end);
            }
        }

        if (key == "location" && _locations.Add(value ?? "") && _locations.Count > LocationLimit)
        {
            throw new InvalidDataException($"it names more than {LocationLimit} external files");
        }
    }
}
