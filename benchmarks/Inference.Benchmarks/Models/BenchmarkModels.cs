using Google.Protobuf;
using Slipway.Inference.Engine.Onnx;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Benchmarks.Models;

/// <summary>The models that are measured, written at run time with fixed seeds.</summary>
internal static class BenchmarkModels
{
    /// <summary>Two additions over [1,16], as Triton's "simple": the sum and the difference.</summary>
    public static byte[] Simple()
    {
        var graph = new GraphProto { Name = "simple" };
        graph.Input.Add([Value("INPUT0", OnnxType.Int32, -1, 16), Value("INPUT1", OnnxType.Int32, -1, 16)]);
        graph.Output.Add([Value("OUTPUT0", OnnxType.Int32, -1, 16), Value("OUTPUT1", OnnxType.Int32, -1, 16)]);
        graph.Node.Add([Node("Add", ["INPUT0", "INPUT1"], ["OUTPUT0"]), Node("Sub", ["INPUT0", "INPUT1"], ["OUTPUT1"])]);
        return Bytes(graph);
    }

    /// <summary>
    /// Layers of dense weights: at one row the memory of the weights is the limit, at many the arithmetic is. <paramref name="rows"/> of -1 takes any number.
    /// </summary>
    public static byte[] Dense(int seed, int rows, params int[] widths)
    {
        var random = new Random(seed);
        var graph = new GraphProto { Name = "dense" };
        graph.Input.Add(Value("x", OnnxType.Float, rows, widths[0]));
        graph.Output.Add(Value("y", OnnxType.Float, rows, widths[^1]));
        var last = "x";
        for (var i = 0; i + 1 < widths.Length; i++)
        {
            graph.Initializer.Add(Weights($"w{i}", random, widths[i], widths[i + 1]));
            graph.Node.Add(Node("MatMul", [last, $"w{i}"], [$"m{i}"]));
            last = i + 2 == widths.Length ? "y" : $"r{i}";
            graph.Node.Add(Node("Relu", [$"m{i}"], [last]));
        }

        return Bytes(graph);
    }

    /// <summary>A forest of the size of scikit-learn's default on iris: 100 trees of four features and three classes.</summary>
    public static byte[] Forest(int trees = 100, int depth = 4)
    {
        var random = new Random(7);
        var ints = new Dictionary<string, List<long>>(StringComparer.Ordinal);
        var floats = new Dictionary<string, List<float>>(StringComparer.Ordinal);
        List<string> modes = [];
        for (var tree = 0; tree < trees; tree++)
        {
            var nodes = (1 << (depth + 1)) - 1;
            var inner = (1 << depth) - 1;
            for (var node = 0; node < nodes; node++)
            {
                var isLeaf = node >= inner;
                Put(ints, "nodes_treeids", tree);
                Put(ints, "nodes_nodeids", node);
                Put(ints, "nodes_featureids", isLeaf ? 0 : random.Next(4));
                Put(floats, "nodes_values", isLeaf ? 0 : random.NextSingle() * 8);
                Put(ints, "nodes_truenodeids", isLeaf ? 0 : (2 * node) + 1);
                Put(ints, "nodes_falsenodeids", isLeaf ? 0 : (2 * node) + 2);
                modes.Add(isLeaf ? "LEAF" : "BRANCH_LEQ");
                if (isLeaf)
                {
                    Put(ints, "class_treeids", tree);
                    Put(ints, "class_nodeids", node);
                    Put(ints, "class_ids", random.Next(3));
                    Put(floats, "class_weights", 1f / trees);
                }
            }
        }

        var forest = Node("TreeEnsembleClassifier", ["X"], ["label", "probabilities"]);
        forest.Domain = "ai.onnx.ml";
        forest.Attribute.Add(ints.Select(pair => Ints(pair.Key, pair.Value)));
        forest.Attribute.Add(floats.Select(pair => Floats(pair.Key, pair.Value)));
        forest.Attribute.Add(
            new AttributeProto
            {
                Name = "nodes_modes",
                Type = AttributeProto.Types.AttributeType.Strings,
                Strings = { modes.Select(ByteString.CopyFromUtf8) },
            }
        );
        forest.Attribute.Add(Ints("classlabels_int64s", [0, 1, 2]));
        var graph = new GraphProto { Name = "forest", Node = { forest } };
        graph.Input.Add(Value("X", OnnxType.Float, -1, 4));
        graph.Output.Add([Value("label", OnnxType.Int64, -1), Value("probabilities", OnnxType.Float, -1, 3)]);
        return Bytes(graph);
    }

    private static void Put<T>(Dictionary<string, List<T>> lists, string name, T value)
    {
        if (!lists.TryGetValue(name, out var list))
        {
            lists.Add(name, list = []);
        }

        list.Add(value);
    }

    private static AttributeProto Ints(string name, IEnumerable<long> values) =>
        new()
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.Ints,
            Ints = { values },
        };

    private static AttributeProto Floats(string name, IEnumerable<float> values) =>
        new()
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.Floats,
            Floats = { values },
        };

    private static TensorProto Weights(string name, Random random, params long[] shape)
    {
        var bytes = new byte[shape[0] * shape[1] * sizeof(float)];
        var values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        foreach (ref var value in values)
        {
            value = (random.NextSingle() - 0.5f) * 0.1f;
        }

        return new TensorProto
        {
            Name = name,
            DataType = (int)OnnxType.Float,
            Dims = { shape },
            RawData = ByteString.CopyFrom(bytes),
        };
    }

    private static NodeProto Node(string operation, string[] inputs, string[] outputs) =>
        new()
        {
            OpType = operation,
            Name = outputs[0],
            Input = { inputs },
            Output = { outputs },
        };

    private static ValueInfoProto Value(string name, OnnxType type, params long[] shape)
    {
        var dimensions = new TensorShapeProto();
        foreach (var dimension in shape)
        {
            dimensions.Dim.Add(
                dimension < 0
                    ? new TensorShapeProto.Types.Dimension { DimParam = "batch" }
                    : new TensorShapeProto.Types.Dimension { DimValue = dimension }
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

    private static byte[] Bytes(GraphProto graph) =>
        new ModelProto
        {
            IrVersion = 8,
            ProducerName = "slipway-benchmarks",
            Graph = graph,
            OpsetImport =
            {
                new OperatorSetIdProto { Domain = "", Version = 17 },
                new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = 1 },
            },
        }.ToByteArray();
}
