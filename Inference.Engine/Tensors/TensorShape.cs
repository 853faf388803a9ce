namespace Slipway.Inference.Engine.Tensors;

/// <summary>Arithmetic on shapes, with overflow and negative dimensions as an answer and not as a wrong number.</summary>
public static class TensorShape
{
    /// <summary>Number of elements; false when a dimension is negative or the product does not fit an array.</summary>
    public static bool TryCountElements(ReadOnlySpan<long> shape, out int count)
    {
        count = 0;
        long product = 1;
        var zero = false;
        foreach (var dimension in shape)
        {
            if (dimension < 0 || dimension > int.MaxValue)
            {
                return false;
            }

            zero |= dimension == 0;
            product *= Math.Max(1, dimension);
            if (product > Array.MaxLength)
            {
                return false;
            }
        }

        count = zero ? 0 : (int)product;
        return true;
    }

    /// <summary>Bytes that a tensor of fixed-size elements takes; false when the shape is invalid or the tensor would exceed 2 GiB.</summary>
    public static bool TryCountBytes(ElementType type, ReadOnlySpan<long> shape, out int bytes)
    {
        bytes = 0;
        if (!TryCountElements(shape, out var count) || (long)count * type.SizeBytes() > Array.MaxLength)
        {
            return false;
        }

        bytes = count * type.SizeBytes();
        return true;
    }

    /// <summary>A shape as people read it: <c>[-1,4]</c>.</summary>
    public static string Format(ReadOnlySpan<long> shape)
    {
        var text = new System.Text.StringBuilder("[");
        for (var i = 0; i < shape.Length; i++)
        {
            text.Append(i == 0 ? "" : ",").Append(shape[i]);
        }

        return text.Append(']').ToString();
    }
}
