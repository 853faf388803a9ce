using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Vetting;

/// <summary>Gives an example's values the type and rank that the model asks for.</summary>
internal static class ExampleTensor
{
    public static Tensor Build(ModelTensor input, ExampleValues values)
    {
        var shape = Fit(input, values.Shape);
        if (!TensorShape.TryCountElements(shape, out var count) || count != values.Scalars.Count)
        {
            throw new InvalidDataException($"input '{input.Name}' has {values.Scalars.Count} values for shape {TensorShape.Format(shape)}");
        }

        if (!input.Accepts(shape))
        {
            throw new InvalidDataException(
                $"input '{input.Name}' has shape {TensorShape.Format(values.Shape)}, the model expects {TensorShape.Format([.. input.Shape])}"
            );
        }

        return input.Type == ElementType.Bytes ? BuildStrings(input, values, shape) : BuildNumbers(input, values, shape);
    }

    // A column of a table has one value a row where the model may want [rows, 1]; a single row may come without its batch dimension.
    private static long[] Fit(ModelTensor input, long[] shape)
    {
        if (input.Accepts(shape))
        {
            return shape;
        }

        long[] asColumn = [.. shape, 1];
        long[] asRow = [1, .. shape];
        return input.Accepts(asColumn) ? asColumn
            : input.Accepts(asRow) ? asRow
            : shape;
    }

    private static Tensor BuildStrings(ModelTensor input, ExampleValues values, long[] shape)
    {
        var elements = new ReadOnlyMemory<byte>[values.Scalars.Count];
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = values.Scalars[i].ValueKind switch
            {
                JsonValueKind.String => Encoding.UTF8.GetBytes(values.Scalars[i].GetString()!),
                JsonValueKind.Null => ReadOnlyMemory<byte>.Empty,
                _ => throw new InvalidDataException($"input '{input.Name}' expects text, not {values.Scalars[i].GetRawText()}"),
            };
        }

        return Tensor.FromStrings(input.Name, elements, shape);
    }

    private static Tensor BuildNumbers(ModelTensor input, ExampleValues values, long[] shape)
    {
        var tensor = Tensor.Rent(input.Name, input.Type, shape);
        for (var i = 0; i < values.Scalars.Count; i++)
        {
            if (!TryWrite(tensor, i, values.Scalars[i]))
            {
                tensor.Dispose();
                throw new InvalidDataException(
                    $"input '{input.Name}' of type {input.Type.WireName()} cannot hold {values.Scalars[i].GetRawText()}"
                );
            }
        }

        return tensor;
    }

    private static bool TryWrite(Tensor tensor, int index, JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt64(out var whole) => TensorNumbers.TryWrite(tensor, index, whole),
            JsonValueKind.Number => TensorNumbers.TryWrite(tensor, index, value.GetDouble()),
            JsonValueKind.True => TensorNumbers.TryWrite(tensor, index, 1L),
            JsonValueKind.False => TensorNumbers.TryWrite(tensor, index, 0L),
            // A missing value of a table; integers have no way to say it and refuse.
            JsonValueKind.Null => TensorNumbers.TryWrite(tensor, index, double.NaN),
            JsonValueKind.String => double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && TensorNumbers.TryWrite(tensor, index, number),
            _ => false,
        };
}
