using Microsoft.ML.OnnxRuntime;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Models;

/// <summary>Passes tensors to the runtime and back, without a copy for all types of fixed size.</summary>
internal static class OrtValues
{
    /// <summary>A value over the tensor's own memory, or a copy for byte strings. The tensor has to outlive it.</summary>
    public static OrtValue From(Tensor tensor)
    {
        if (tensor.Type != ElementType.Bytes)
        {
            return OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance,
                tensor.Type.ToOnnx(),
                tensor.Shape,
                tensor.Address,
                (long)tensor.ElementCount * tensor.Type.SizeBytes()
            );
        }

        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, tensor.Shape);
        var strings = tensor.Strings;
        for (var i = 0; i < strings.Length; i++)
        {
            if (strings[i].Length > 0)
            {
                value.StringTensorSetElementAt(strings[i].Span, i);
            }
        }

        return value;
    }

    /// <summary>The tensor that an output holds. The value belongs to the tensor afterwards, or is disposed.</summary>
    public static Tensor ToTensor(ModelTensor expected, OrtValue value)
    {
        var owned = value;
        try
        {
            if (!value.IsTensor)
            {
                return ClassMaps.Flatten(expected.Name, value);
            }

            var info = value.GetTensorTypeAndShape();
            if (!ElementTypes.TryFromOnnx(info.ElementDataType, out var type))
            {
                throw new InvalidDataException($"output '{expected.Name}' came back as {info.ElementDataType}");
            }

            if (type == ElementType.Bytes)
            {
                return CopyStrings(expected.Name, value, info);
            }

            if (!TensorShape.TryCountBytes(type, info.Shape, out var bytes))
            {
                throw new InvalidDataException($"output '{expected.Name}' of shape {TensorShape.Format(info.Shape)} exceeds 2 GiB");
            }

            var tensor = new Tensor(expected.Name, type, info.Shape, bytes / type.SizeBytes(), 0, new OrtValueStorage(value));
            owned = null;
            return tensor;
        }
        finally
        {
            owned?.Dispose();
        }
    }

    private static Tensor CopyStrings(string name, OrtValue value, OrtTensorTypeAndShapeInfo info)
    {
        var elements = new ReadOnlyMemory<byte>[info.ElementCount];
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = value.GetStringElementAsSpan(i).ToArray();
        }

        return Tensor.FromStrings(name, elements, info.Shape);
    }
}
