using Google.Protobuf;
using Slipway.Contracts.Vetting;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Onnx.Outline;

namespace Slipway.Inference.Engine.Vetting;

/// <summary>Reads what a model is made of, nested graphs and functions included, without running any of it.</summary>
internal static class GraphOutlineReader
{
    // Executes or loads what another program compiled, from a file or from bytes inside the model.
    private static readonly string[] UnsafeOperators = ["EPContext", "PyOp", "PythonOp"];

    public static VettingReport Read(string path, VettingReport report)
    {
        var model = Parse(path);
        var operators = new Dictionary<(string Domain, string Name), int>();
        long parameters = 0;
        var graphs = new Stack<GraphOutline>();
        if (model.Graph is { } graph)
        {
            graphs.Push(graph);
        }

        foreach (var function in model.Functions)
        {
            Count(function.Node, operators, graphs);
        }

        while (graphs.TryPop(out var next))
        {
            Count(next.Node, operators, graphs);
            foreach (var initializer in next.Initializer)
            {
                parameters = AddSaturating(parameters, CountElements(initializer));
            }
        }

        return report with
        {
            IrVersion = model.IrVersion,
            Producer = $"{model.ProducerName} {model.ProducerVersion}".Trim(),
            Opsets = [.. model.OpsetImport.Select(opset => new VettedOpset(opset.Domain, opset.Version))],
            Operators =
            [
                .. operators
                    .OrderBy(pair => pair.Key.Domain, StringComparer.Ordinal)
                    .ThenBy(pair => pair.Key.Name, StringComparer.Ordinal)
                    .Select(pair => new VettedOperator(pair.Key.Domain, pair.Key.Name, pair.Value)),
            ],
            ParameterCount = parameters,
            Problems =
            [
                .. report.Problems,
                .. operators
                    .Keys.Where(key => UnsafeOperators.Contains(key.Name, StringComparer.Ordinal))
                    .Select(key => new VettingProblem(
                        VettingCodes.UnsafeOperator,
                        $"The operator '{key.Name}' runs code that another program compiled; it is never served."
                    )),
            ],
        };
    }

    private static ModelOutline Parse(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return ModelOutline.Parser.WithDiscardUnknownFields(true).ParseFrom(file);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new ModelLoadException(ModelLoadCodes.NotOnnx, $"'{Path.GetFileName(path)}' is not an ONNX model: {e.Message}", e);
        }
    }

    private static void Count(
        IEnumerable<NodeOutline> nodes,
        Dictionary<(string Domain, string Name), int> operators,
        Stack<GraphOutline> graphs
    )
    {
        foreach (var node in nodes)
        {
            // The empty domain and "ai.onnx" are the same by the specification.
            var key = (node.Domain == "ai.onnx" ? "" : node.Domain, node.OpType);
            operators[key] = operators.GetValueOrDefault(key) + 1;
            foreach (var attribute in node.Attribute)
            {
                if (attribute.G is { } graph)
                {
                    graphs.Push(graph);
                }

                foreach (var nested in attribute.Graphs)
                {
                    graphs.Push(nested);
                }
            }
        }
    }

    // A file may claim any shape: what it claims must not overflow.
    private static long CountElements(TensorOutline tensor)
    {
        Int128 product = 1;
        foreach (var dimension in tensor.Dims)
        {
            product = dimension < 0 ? 0 : product * dimension;
            if (product > long.MaxValue)
            {
                return long.MaxValue;
            }
        }

        return (long)product;
    }

    private static long AddSaturating(long left, long right) => left > long.MaxValue - right ? long.MaxValue : left + right;
}
