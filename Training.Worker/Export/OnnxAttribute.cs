using Google.Protobuf;
using Slipway.Inference.Engine.Onnx;
using Type = Slipway.Inference.Engine.Onnx.AttributeProto.Types.AttributeType;

namespace Slipway.Training.Worker.Export;

/// <summary>Makes node attributes of each type.</summary>
internal static class OnnxAttribute
{
    public static AttributeProto Int(string name, long value) =>
        new()
        {
            Name = name,
            Type = Type.Int,
            I = value,
        };

    public static AttributeProto Float(string name, float value) =>
        new()
        {
            Name = name,
            Type = Type.Float,
            F = value,
        };

    public static AttributeProto Text(string name, string value) =>
        new()
        {
            Name = name,
            Type = Type.String,
            S = ByteString.CopyFromUtf8(value),
        };

    public static AttributeProto Ints(string name, IEnumerable<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = Type.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    public static AttributeProto Floats(string name, IEnumerable<float> values)
    {
        var attribute = new AttributeProto { Name = name, Type = Type.Floats };
        attribute.Floats.AddRange(values);
        return attribute;
    }

    public static AttributeProto Texts(string name, IEnumerable<string> values)
    {
        var attribute = new AttributeProto { Name = name, Type = Type.Strings };
        attribute.Strings.AddRange(values.Select(ByteString.CopyFromUtf8));
        return attribute;
    }
}
