using System.Globalization;
using System.Text;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.Predictions;

/// <summary>The classification extension: a tensor's highest values, each as <c>value:index</c> or <c>value:index:label</c> text, in place of the tensor.</summary>
internal static class Classification
{
    /// <summary>
    /// The <paramref name="classes"/> highest values of each row (of the whole tensor where it is not <paramref name="isBatched"/>), highest first; of equal ones the first.
    /// </summary>
    public static Tensor Of(Tensor output, int classes, bool isBatched, IReadOnlyList<string> labels)
    {
        // One number a row is one tensor of numbers: there is nothing to choose from within a row.
        isBatched &= output.Shape.Length > 1;
        if (output.Type is ElementType.Bytes or ElementType.Bool)
        {
            throw RequestRefusedException.BadRequest(
                $"class result not available for output '{output.Name}' due to unsupported type '{output.Type.WireName()}'"
            );
        }
        var rows = isBatched ? (int)output.RowCount : 1;
        var perRow = rows == 0 ? 0 : output.ElementCount / rows;
        var count = Math.Min(classes, perRow);
        var texts = new ReadOnlyMemory<byte>[rows * count];
        var order = new int[perRow];
        for (var row = 0; row < rows; row++)
        {
            Sort(output, row * perRow, order);
            for (var i = 0; i < count; i++)
            {
                texts[(row * count) + i] = Describe(output, row * perRow, order[i], labels);
            }
        }
        return Tensor.FromStrings(output.Name, texts, isBatched ? [rows, count] : [count]);
    }

    private static void Sort(Tensor output, int first, int[] order)
    {
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }
        // NaN, which has no place in an order, comes last.
        Array.Sort(order, (a, b) => Compare(output, first + b, first + a) is var byValue && byValue != 0 ? byValue : a.CompareTo(b));
    }

    private static int Compare(Tensor output, int a, int b) =>
        output.Type switch
        {
            ElementType.Int64 => output.AsSpan<long>()[a].CompareTo(output.AsSpan<long>()[b]),
            ElementType.UInt64 => output.AsSpan<ulong>()[a].CompareTo(output.AsSpan<ulong>()[b]),
            _ => TensorNumbers.Read(output, a).CompareTo(TensorNumbers.Read(output, b)),
        };

    private static byte[] Describe(Tensor output, int first, int index, IReadOnlyList<string> labels)
    {
        var value = output.Type switch
        {
            ElementType.Int64 => output.AsSpan<long>()[first + index].ToString(CultureInfo.InvariantCulture),
            ElementType.UInt64 => output.AsSpan<ulong>()[first + index].ToString(CultureInfo.InvariantCulture),
            ElementType.Fp16 or ElementType.Bf16 or ElementType.Fp32 or ElementType.Fp64 => Fixed(
                TensorNumbers.Read(output, first + index)
            ),
            _ => TensorNumbers.Read(output, first + index).ToString("F0", CultureInfo.InvariantCulture),
        };
        var label = index < labels.Count ? ":" + labels[index] : "";
        return Encoding.UTF8.GetBytes($"{value}:{index.ToString(CultureInfo.InvariantCulture)}{label}");
    }

    // As C prints %f: six decimals, and its names for what is not a number.
    private static string Fixed(double value) =>
        double.IsNaN(value) ? "nan"
        : double.IsInfinity(value) ? (value > 0 ? "inf" : "-inf")
        : value.ToString("F6", CultureInfo.InvariantCulture);
}
