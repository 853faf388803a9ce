using System.Runtime.InteropServices;
using Google.Protobuf;
using Slipway.Inference.Engine.Onnx;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Export;

/// <summary>
/// Builds an ONNX graph node by node: one graph input [N,1] for each feature, under the feature's own name. Names of inner values cannot
/// collide with feature names.
/// </summary>
internal sealed class OnnxGraph
{
    private const string MlDomain = "ai.onnx.ml";
    private readonly HashSet<string> _names;
    private int _next;

    public OnnxGraph(string name, IReadOnlyList<Feature> features)
    {
        Features = features;
        _names = [.. features.Select(feature => feature.Name)];
        Graph = new GraphProto { Name = name };
        foreach (var feature in features)
        {
            var type = feature.Kind == ColumnKind.Numeric ? TensorProto.Types.DataType.Float : TensorProto.Types.DataType.String;
            Graph.Input.Add(ValueInfo(feature.Name, type, 1));
        }
    }

    public GraphProto Graph { get; }

    public IReadOnlyList<Feature> Features { get; }

    /// <summary>Declares an output; a negative width leaves the second dimension out.</summary>
    public void Output(string name, TensorProto.Types.DataType type, int width) => Graph.Output.Add(ValueInfo(name, type, width));

    /// <summary>Adds a node of the default domain with one output and returns the output's name.</summary>
    public string Node(string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        Add("", operation, Fresh(operation), inputs, attributes);

    /// <summary>Adds a node of the default domain whose output has the given name.</summary>
    public void NodeAs(string output, string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        Add("", operation, output, inputs, attributes);

    /// <summary>Adds a node of the classic machine learning domain.</summary>
    public string MlNode(string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        Add(MlDomain, operation, Fresh(operation), inputs, attributes);

    public string Constant(string hint, float[] values, params ReadOnlySpan<long> dimensions)
    {
        var tensor = Initializer(hint, TensorProto.Types.DataType.Float, dimensions);
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()));
        return tensor.Name;
    }

    public string Constant(string hint, long[] values)
    {
        var tensor = Initializer(hint, TensorProto.Types.DataType.Int64, [values.Length]);
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()));
        return tensor.Name;
    }

    public string Constant(string hint, IEnumerable<string> values)
    {
        var bytes = values.Select(ByteString.CopyFromUtf8).ToArray();
        var tensor = Initializer(hint, TensorProto.Types.DataType.String, [bytes.Length]);
        tensor.StringData.AddRange(bytes);
        return tensor.Name;
    }

    private static ValueInfoProto ValueInfo(string name, TensorProto.Types.DataType type, int width)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "N" });
        if (width > 0)
        {
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = width });
        }
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto
            {
                TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape },
            },
        };
    }

    private TensorProto Initializer(string hint, TensorProto.Types.DataType type, ReadOnlySpan<long> dimensions)
    {
        var tensor = new TensorProto { Name = Fresh(hint), DataType = (int)type };
        foreach (var dimension in dimensions)
        {
            tensor.Dims.Add(dimension);
        }
        Graph.Initializer.Add(tensor);
        return tensor;
    }

    private string Add(string domain, string operation, string output, ReadOnlySpan<string> inputs, ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto
        {
            OpType = operation,
            Domain = domain,
            Name = "node_" + output,
        };
        foreach (var input in inputs)
        {
            node.Input.Add(input);
        }
        node.Output.Add(output);
        foreach (var attribute in attributes)
        {
            node.Attribute.Add(attribute);
        }
        Graph.Node.Add(node);
        return output;
    }

    private string Fresh(string hint)
    {
        string name;
        do
        {
            name = $"{hint}_{_next++}";
        } while (!_names.Add(name));
        return name;
    }
}
