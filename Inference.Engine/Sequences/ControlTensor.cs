using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Sequences;

/// <summary>Makes the tensors that tell a model where in its sequence a request is.</summary>
internal static class ControlTensor
{
    /// <summary>Throws an <see cref="ArgumentException"/> when an input's type cannot say what it is to say.</summary>
    public static void Check(SequenceControl control, ModelTensor input)
    {
        var fits =
            control.Kind == SequenceControlKind.CorrelationId
                ? input.Type is ElementType.UInt64 or ElementType.Int64 or ElementType.UInt32 or ElementType.Int32 or ElementType.Bytes
                : input.Type is ElementType.Fp32 or ElementType.Int32 or ElementType.Bool;
        if (!fits)
        {
            throw new ArgumentException(
                $"The control input '{input.Name}' of kind {control.Kind} cannot be {input.Type.WireName()}.",
                nameof(input)
            );
        }
    }

    /// <summary>One value for each row; false when the correlation id is no number of the input's type.</summary>
    public static bool TryCreate(
        SequenceControl control,
        ModelTensor input,
        SequenceStep step,
        long rows,
        [NotNullWhen(true)] out Tensor? tensor
    )
    {
        // The first variable dimension counts rows, whatever other there is.
        var shape = input.Shape.Select(dimension => dimension < 0 ? 1 : dimension).ToArray();
        if (input.HasVariableRows)
        {
            shape[0] = rows;
        }

        tensor = null;
        if (control.Kind == SequenceControlKind.CorrelationId)
        {
            return TryCreateId(input, step.CorrelationId, shape, out tensor);
        }

        var isSet = control.Kind switch
        {
            SequenceControlKind.Start => step.Starts,
            SequenceControlKind.End => step.Ends,
            _ => true,
        };
        var value = isSet ? control.WhenTrue : control.WhenFalse;
        tensor = Tensor.Rent(input.Name, input.Type, shape);
        switch (input.Type)
        {
            case ElementType.Fp32:
                tensor.AsSpan<float>().Fill((float)value);
                break;
            case ElementType.Int32:
                tensor.AsSpan<int>().Fill((int)value);
                break;
            default:
                tensor.RawBytes.Fill(value != 0 ? (byte)1 : (byte)0);
                break;
        }

        return true;
    }

    private static bool TryCreateId(ModelTensor input, string id, long[] shape, [NotNullWhen(true)] out Tensor? tensor)
    {
        tensor = null;
        if (input.Type == ElementType.Bytes)
        {
            TensorShape.TryCountElements(shape, out var count);
            ReadOnlyMemory<byte> bytes = Encoding.UTF8.GetBytes(id);
            tensor = Tensor.FromStrings(input.Name, [.. Enumerable.Repeat(bytes, count)], shape);
            return true;
        }

        return input.Type switch
        {
            ElementType.UInt64 => TryFill<ulong>(out tensor),
            ElementType.Int64 => TryFill<long>(out tensor),
            ElementType.UInt32 => TryFill<uint>(out tensor),
            _ => TryFill<int>(out tensor),
        };

        bool TryFill<T>([NotNullWhen(true)] out Tensor? filled)
            where T : unmanaged, INumber<T>
        {
            filled = null;
            if (!T.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            filled = Tensor.Rent(input.Name, input.Type, shape);
            filled.AsSpan<T>().Fill(number);
            return true;
        }
    }
}
