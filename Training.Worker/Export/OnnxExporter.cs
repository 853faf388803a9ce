using System.Text.Json;
using Slipway.Inference.Engine.Onnx;
using Slipway.Training.Worker.Trainers;
using static Slipway.Training.Worker.Export.OnnxAttribute;
using DataType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Training.Worker.Export;

/// <summary>
/// Turns a fitted model into an ONNX model with its preprocessing inside. Inputs: FLOAT [N,1] for a numeric column (NaN missing), STRING [N,1]
/// for a text column (anything unknown counts as missing). Outputs: <c>prediction</c> FLOAT [N,1], or <c>label</c> [N] and
/// <c>probabilities</c> FLOAT [N, classes].
/// </summary>
internal static class OnnxExporter
{
    public const string Prediction = "prediction";
    public const string Label = "label";
    public const string Probabilities = "probabilities";

    /// <summary>Key of the model's metadata under which the class labels stand as a JSON list, in the order of the probabilities.</summary>
    public const string ClassesKey = "slipway.classes";

    private const long IrVersion = 8;
    private const long Opset = 17;
    private const long MlOpset = 3;

    /// <summary>The outputs' names: no feature may have one of them.</summary>
    public static IReadOnlyList<string> OutputNames(TaskKind task) => task == TaskKind.Regression ? [Prediction] : [Label, Probabilities];

    public static ModelProto Export(string name, IReadOnlyList<Feature> features, ITrainedModel model, ClassLabels? classes)
    {
        var graph = new OnnxGraph(name, features);
        var scores = model.Emit(graph);
        if (classes is null)
        {
            graph.NodeAs(Prediction, "Identity", [scores]);
            graph.Output(Prediction, DataType.Float, 1);
        }
        else
        {
            Classify(graph, scores, model.OutputCount, classes);
        }
        var proto = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "slipway",
            Graph = graph.Graph,
        };
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = MlOpset });
        if (classes is not null)
        {
            var json = JsonSerializer.Serialize([.. classes.Names], ExportJson.Default.StringArray);
            proto.MetadataProps.Add(new StringStringEntryProto { Key = ClassesKey, Value = json });
        }
        return proto;
    }

    private static void Classify(OnnxGraph graph, string scores, int outputCount, ClassLabels classes)
    {
        if (outputCount == 1)
        {
            // Sigmoid of the negated score, and not 1 − p, which would round small probabilities away.
            var positive = graph.Node("Sigmoid", [scores]);
            var negative = graph.Node("Sigmoid", [graph.Node("Neg", [scores])]);
            graph.NodeAs(Probabilities, "Concat", [negative, positive], Int("axis", 1));
        }
        else
        {
            graph.NodeAs(Probabilities, "Softmax", [scores], Int("axis", 1));
        }
        var best = graph.Node("ArgMax", [Probabilities], Int("axis", 1), Int("keepdims", 0));
        var labels = classes.Integers is { } integers ? graph.Constant("labels", integers) : graph.Constant("labels", classes.Names);
        graph.NodeAs(Label, "Gather", [labels, best], Int("axis", 0));
        graph.Output(Label, classes.Integers is null ? DataType.String : DataType.Int64, -1);
        graph.Output(Probabilities, DataType.Float, classes.Count);
    }
}
