using System.Globalization;
using System.Text.Json;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.V1;

/// <summary>Describes a model as TensorFlow Serving does: a <c>signature_def</c> with one signature, from <c>serving_default</c> of its REST protocol.</summary>
internal static class V1Metadata
{
    // In the order of the element types.
    private static readonly string[] s_types =
    [
        "DT_BOOL",
        "DT_UINT8",
        "DT_UINT16",
        "DT_UINT32",
        "DT_UINT64",
        "DT_INT8",
        "DT_INT16",
        "DT_INT32",
        "DT_INT64",
        "DT_HALF",
        "DT_BFLOAT16",
        "DT_FLOAT",
        "DT_DOUBLE",
        "DT_STRING",
    ];

    /// <summary>The name of an element type in TensorFlow.</summary>
    public static string TypeOf(ElementType type) => s_types[(int)type];

    /// <summary>Writes <c>model_spec</c> and <c>metadata</c>.</summary>
    public static void Write(Utf8JsonWriter json, string name, int version, ModelSignature signature)
    {
        json.WriteStartObject();
        json.WriteStartObject("model_spec");
        json.WriteString("name", name);
        json.WriteString("signature_name", "");
        json.WriteString("version", version.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
        json.WriteStartObject("metadata");
        json.WriteStartObject("signature_def");
        json.WriteStartObject("signature_def");
        json.WriteStartObject("serving_default");
        Write(json, "inputs", signature.Inputs);
        Write(json, "outputs", signature.Outputs);
        json.WriteString("method_name", "tensorflow/serving/predict");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string kind, IReadOnlyList<ModelTensor> tensors)
    {
        json.WriteStartObject(kind);
        foreach (var tensor in tensors)
        {
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", TypeOf(tensor.Type));
            json.WriteStartObject("tensor_shape");
            json.WriteStartArray("dim");
            foreach (var dimension in tensor.Shape)
            {
                json.WriteStartObject();
                json.WriteString("size", dimension.ToString(CultureInfo.InvariantCulture));
                json.WriteString("name", "");
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteBoolean("unknown_rank", false);
            json.WriteEndObject();
            json.WriteString("name", tensor.Name);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
