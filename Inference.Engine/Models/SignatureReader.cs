using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Models;

/// <summary>Reads the signature of an opened session, and refuses what no protocol can carry.</summary>
internal static class SignatureReader
{
    public static ModelSignature Read(InferenceSession session) =>
        new(
            [.. session.InputNames.Select(name => Input(name, session.InputMetadata[name]))],
            [.. session.OutputNames.Select(name => Output(name, session.OutputMetadata[name]))]
        );

    private static ModelTensor Input(string name, NodeMetadata metadata) =>
        metadata.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR
            ? FromTensor("Input", name, metadata)
            : throw Unsupported($"Input '{name}' is {Describe(metadata)}; only tensors can be sent to a served model.");

    private static ModelTensor Output(string name, NodeMetadata metadata)
    {
        if (metadata.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR)
        {
            return FromTensor("Output", name, metadata);
        }

        // What scikit-learn's exporter writes by default (ZipMap): one map from class to probability per row.
        if (
            metadata.OnnxValueType == OnnxValueType.ONNX_TYPE_SEQUENCE
            && metadata.AsSequenceMetadata().ElementMeta is { OnnxValueType: OnnxValueType.ONNX_TYPE_MAP } element
            && element.AsMapMetadata().ValueMetadata
                is { OnnxValueType: OnnxValueType.ONNX_TYPE_TENSOR, ElementDataType: TensorElementType.Float }
        )
        {
            return new ModelTensor(name, ElementType.Fp32, [-1, -1], ["", ""]);
        }

        throw Unsupported(
            $"Output '{name}' is {Describe(metadata)}; only tensors, and sequences of maps from a class to a 32-bit float, can be served. "
                + "Export the model with a tensor output (scikit-learn: zipmap=False)."
        );
    }

    private static ModelTensor FromTensor(string direction, string name, NodeMetadata metadata)
    {
        if (!ElementTypes.TryFromOnnx(metadata.ElementDataType, out var type))
        {
            throw Unsupported(
                $"{direction} '{name}' has element type {metadata.ElementDataType}, which the inference protocol has no name for."
            );
        }

        return new ModelTensor(
            name,
            type,
            [.. metadata.Dimensions.Select(d => (long)d)],
            [.. metadata.SymbolicDimensions.Select(s => s ?? "")]
        );
    }

    private static string Describe(NodeMetadata metadata) =>
        metadata.OnnxValueType switch
        {
            OnnxValueType.ONNX_TYPE_SEQUENCE => "a sequence",
            OnnxValueType.ONNX_TYPE_MAP => "a map",
            OnnxValueType.ONNX_TYPE_OPTIONAL => "an optional value",
            OnnxValueType.ONNX_TYPE_SPARSETENSOR => "a sparse tensor",
            _ => "of an unknown kind",
        };

    private static ModelLoadException Unsupported(string message) => new(ModelLoadCodes.UnsupportedType, message);
}
