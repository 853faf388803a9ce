using Google.Protobuf;
using Slipway.Inference.Engine.Onnx;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Engine.Tests.Models;

/// <summary>Writes small ONNX models, sound and hostile, for the tests.</summary>
internal sealed class OnnxModelBuilder
{
    private readonly ModelProto _model = new()
    {
        IrVersion = 9,
        ProducerName = "slipway-tests",
        Graph = new GraphProto { Name = "test" },
        OpsetImport =
        {
            new OperatorSetIdProto { Domain = "", Version = 17 },
        },
    };

    public ModelProto Model => _model;

    /// <summary>A dimension: a number, or a name for a variable one.</summary>
    public OnnxModelBuilder Input(string name, OnnxType type, params object[] shape)
    {
        _model.Graph.Input.Add(Value(name, type, shape));
        return this;
    }

    public OnnxModelBuilder Output(string name, OnnxType type, params object[] shape)
    {
        _model.Graph.Output.Add(Value(name, type, shape));
        return this;
    }

    public OnnxModelBuilder Node(string operation, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        _model.Graph.Node.Add(MakeNode(operation, inputs, outputs, attributes));
        return this;
    }

    public OnnxModelBuilder Weight(string name, float[] values, params long[] shape)
    {
        _model.Graph.Initializer.Add(
            new TensorProto
            {
                Name = name,
                DataType = (int)OnnxType.Float,
                Dims = { shape },
                FloatData = { values },
            }
        );
        return this;
    }

    public OnnxModelBuilder Weight(string name, long[] values, params long[] shape)
    {
        _model.Graph.Initializer.Add(
            new TensorProto
            {
                Name = name,
                DataType = (int)OnnxType.Int64,
                Dims = { shape },
                Int64Data = { values },
            }
        );
        return this;
    }

    public OnnxModelBuilder ExternalWeight(string name, string location, params long[] shape)
    {
        _model.Graph.Initializer.Add(External(name, location, shape));
        return this;
    }

    public OnnxModelBuilder Opset(string domain, long version)
    {
        _model.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = version });
        return this;
    }

    public string Save(string folder, string file = "model.onnx")
    {
        var path = Path.Combine(folder, file);
        File.WriteAllBytes(path, _model.ToByteArray());
        return path;
    }

    public static OnnxModelBuilder Identity(OnnxType type, params object[] shape) =>
        new OnnxModelBuilder().Input("x", type, shape).Output("y", type, shape).Node("Identity", ["x"], ["y"]);

    /// <summary>a + b, row by row.</summary>
    public static OnnxModelBuilder Add() =>
        new OnnxModelBuilder()
            .Input("a", OnnxType.Float, "batch", 2)
            .Input("b", OnnxType.Float, "batch", 2)
            .Output("sum", OnnxType.Float, "batch", 2)
            .Node("Add", ["a", "b"], ["sum"]);

    /// <summary>x·[2, 3] + 1 for two columns.</summary>
    public static OnnxModelBuilder Linear(float first = 2, float second = 3, float intercept = 1) =>
        new OnnxModelBuilder()
            .Input("x", OnnxType.Float, "batch", 2)
            .Output("y", OnnxType.Float, "batch", 1)
            .Weight("w", [first, second], 2, 1)
            .Weight("c", [intercept], 1)
            .Node("MatMul", ["x", "w"], ["xw"])
            .Node("Add", ["xw", "c"], ["y"]);

    /// <summary>y = x + w with w in a file of its own.</summary>
    public static OnnxModelBuilder WithExternalWeight(string location) =>
        new OnnxModelBuilder()
            .Input("x", OnnxType.Float, "batch", 2)
            .Output("y", OnnxType.Float, "batch", 2)
            .ExternalWeight("w", location, 2)
            .Node("Add", ["x", "w"], ["y"]);

    /// <summary>Picks rows of a table of five by index: an index out of range fails while the graph runs.</summary>
    public static OnnxModelBuilder Lookup() =>
        new OnnxModelBuilder()
            .Input("index", OnnxType.Int64, "batch")
            .Output("y", OnnxType.Float, "batch")
            .Weight("table", [10f, 20f, 30f, 40f, 50f], 5)
            .Node("Gather", ["table", "index"], ["y"]);

    /// <summary>Keeps the rows above zero: variable first dimensions, yet not one row out for each row in.</summary>
    public static OnnxModelBuilder PositiveRows() =>
        new OnnxModelBuilder()
            .Input("x", OnnxType.Float, "batch", 2)
            .Output("y", OnnxType.Float, "kept", 2)
            .Weight("zero", [0f])
            .Node("ReduceMax", ["x"], ["largest"], Ints("axes", 1), Int("keepdims", 0))
            .Node("Greater", ["largest", "zero"], ["positive"])
            .Node("Compress", ["x", "positive"], ["y"], Int("axis", 0));

    /// <summary>A loop that adds 1 as often as it is told to: 2^62 times, if nobody stops it.</summary>
    public static OnnxModelBuilder LoopBomb(long trips = 1L << 62)
    {
        var body = new GraphProto { Name = "body" };
        body.Input.Add(Value("i", OnnxType.Int64, []));
        body.Input.Add(Value("go", OnnxType.Bool, []));
        body.Input.Add(Value("carry", OnnxType.Float, ["batch", 2]));
        body.Output.Add(Value("go_out", OnnxType.Bool, []));
        body.Output.Add(Value("carry_out", OnnxType.Float, ["batch", 2]));
        body.Node.Add(MakeNode("Identity", ["go"], ["go_out"]));
        body.Node.Add(MakeNode("Add", ["carry", "one"], ["carry_out"]));
        var builder = new OnnxModelBuilder()
            .Input("x", OnnxType.Float, "batch", 2)
            .Output("y", OnnxType.Float, "batch", 2)
            .Weight("trips", [trips])
            .Weight("one", [1f])
            .Node(
                "Loop",
                ["trips", "", "x"],
                ["y"],
                new AttributeProto
                {
                    Name = "body",
                    Type = AttributeProto.Types.AttributeType.Graph,
                    G = body,
                }
            );
        return builder;
    }

    /// <summary>A few bytes of file that ask for four bytes of memory per element.</summary>
    public static OnnxModelBuilder MemoryBomb(long elements) =>
        new OnnxModelBuilder()
            .Input("x", OnnxType.Float, 1)
            .Output("y", OnnxType.Float, "n")
            .Weight("shape", [elements], 1)
            .Node("Expand", ["x", "shape"], ["y"]);

    /// <summary>One operator that compares 10^11 numbers on one thread and asks nobody in between.</summary>
    public static OnnxModelBuilder SlowOperator() =>
        new OnnxModelBuilder()
            .Input("x", OnnxType.Float, 1, 1, 1)
            .Output("y", OnnxType.Float, 1, 1, "n")
            .Weight("shape", [1L, 1L, 700_000L], 3)
            .Node("Expand", ["x", "shape"], ["long"])
            .Node("MaxPool", ["long"], ["y"], Ints("kernel_shape", 350_000));

    public static TensorProto External(string name, string location, params long[] shape)
    {
        var tensor = new TensorProto
        {
            Name = name,
            DataType = (int)OnnxType.Float,
            Dims = { shape },
            DataLocation = TensorProto.Types.DataLocation.External,
        };
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        return tensor;
    }

    public static NodeProto MakeNode(string operation, string[] inputs, string[] outputs, params AttributeProto[] attributes) =>
        new()
        {
            OpType = operation,
            Name = $"{operation}:{outputs[0]}",
            Input = { inputs },
            Output = { outputs },
            Attribute = { attributes },
        };

    public static AttributeProto Int(string name, long value) =>
        new()
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.Int,
            I = value,
        };

    public static AttributeProto Ints(string name, params long[] values) =>
        new()
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.Ints,
            Ints = { values },
        };

    private static ValueInfoProto Value(string name, OnnxType type, object[] shape)
    {
        var dimensions = new TensorShapeProto();
        foreach (var dimension in shape)
        {
            dimensions.Dim.Add(
                dimension is string symbol
                    ? new TensorShapeProto.Types.Dimension { DimParam = symbol }
                    : new TensorShapeProto.Types.Dimension { DimValue = Convert.ToInt64(dimension) }
            );
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto
            {
                TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = dimensions },
            },
        };
    }
}
