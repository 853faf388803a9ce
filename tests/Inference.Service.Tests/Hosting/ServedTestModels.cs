using Google.Protobuf;
using Slipway.Inference.Engine.Onnx;
using Slipway.Inference.Engine.Tests.Models;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Service.Tests.Hosting;

/// <summary>Models in the shapes that the trainers export, small enough to compute by hand.</summary>
internal static class ServedTestModels
{
    /// <summary>prediction = temp · factor + 10 for season "1", + 20 for "2", + 0 for any other.</summary>
    public static byte[] Demand(float factor = 2) =>
        new OnnxModelBuilder()
            .Opset("ai.onnx.ml", 3)
            .Input("temp", OnnxType.Float, "batch", 1)
            .Input("season", OnnxType.String, "batch", 1)
            .Output("prediction", OnnxType.Float, "batch", 1)
            .Weight("factor", [factor], 1)
            .Node("Mul", ["temp", "factor"], ["scaled"])
            .With(SeasonEncoder())
            .Node("Add", ["scaled", "offset"], ["prediction"])
            .Model.ToByteArray();

    /// <summary>A classifier: label "yes" where x is above 0.5, probabilities [1 - x, x].</summary>
    public static byte[] Classifier() =>
        new OnnxModelBuilder()
            .Opset("ai.onnx.ml", 3)
            .Input("x", OnnxType.Float, "batch", 1)
            .Output("label", OnnxType.String, "batch", 1)
            .Output("probabilities", OnnxType.Float, "batch", 2)
            .Weight("one", [1f], 1)
            .Weight("half", [0.5f], 1)
            .Node("Sub", ["one", "x"], ["no"])
            .Node("Concat", ["no", "x"], ["probabilities"], OnnxModelBuilder.Int("axis", 1))
            .Node("Greater", ["x", "half"], ["above"])
            .Node("Cast", ["above"], ["class"], OnnxModelBuilder.Int("to", (long)OnnxType.Int64))
            .With(LabelDecoder())
            .Model.ToByteArray();

    /// <summary>y = x · [first, second] + intercept for rows of two columns.</summary>
    public static byte[] Linear(float first = 2, float second = 3, float intercept = 1) =>
        OnnxModelBuilder.Linear(first, second, intercept).Model.ToByteArray();

    /// <summary>y = x, of any type and shape.</summary>
    public static byte[] Identity(OnnxType type, params object[] shape) => OnnxModelBuilder.Identity(type, shape).Model.ToByteArray();

    /// <summary>Runs until it is stopped.</summary>
    public static byte[] Endless() => OnnxModelBuilder.LoopBomb().Model.ToByteArray();

    private static OnnxModelBuilder With(this OnnxModelBuilder builder, NodeProto node)
    {
        builder.Model.Graph.Node.Add(node);
        return builder;
    }

    private static NodeProto SeasonEncoder()
    {
        var node = OnnxModelBuilder.MakeNode(
            "LabelEncoder",
            ["season"],
            ["offset"],
            new AttributeProto
            {
                Name = "keys_strings",
                Type = AttributeProto.Types.AttributeType.Strings,
                Strings = { ByteString.CopyFromUtf8("1"), ByteString.CopyFromUtf8("2") },
            },
            new AttributeProto
            {
                Name = "values_floats",
                Type = AttributeProto.Types.AttributeType.Floats,
                Floats = { 10f, 20f },
            },
            new AttributeProto
            {
                Name = "default_float",
                Type = AttributeProto.Types.AttributeType.Float,
                F = 0f,
            }
        );
        node.Domain = "ai.onnx.ml";
        return node;
    }

    private static NodeProto LabelDecoder()
    {
        var node = OnnxModelBuilder.MakeNode(
            "LabelEncoder",
            ["class"],
            ["label"],
            new AttributeProto
            {
                Name = "keys_int64s",
                Type = AttributeProto.Types.AttributeType.Ints,
                Ints = { 0, 1 },
            },
            new AttributeProto
            {
                Name = "values_strings",
                Type = AttributeProto.Types.AttributeType.Strings,
                Strings = { ByteString.CopyFromUtf8("no"), ByteString.CopyFromUtf8("yes") },
            }
        );
        node.Domain = "ai.onnx.ml";
        return node;
    }
}
