using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Batching;

/// <summary>Puts the rows of several requests under each other, and takes the rows of a result apart again.</summary>
internal static class RowJoiner
{
    public static Tensor[] Join(IReadOnlyList<PendingInference> members, int rows)
    {
        var joined = new Tensor[members[0].Inputs.Length];
        for (var i = 0; i < joined.Length; i++)
        {
            var first = members[0].Inputs[i];
            var shape = (long[])first.Shape.Clone();
            shape[0] = rows;
            joined[i] = first.Type == ElementType.Bytes ? JoinStrings(members, i, shape) : JoinNumbers(members, i, shape);
        }

        return joined;
    }

    /// <summary>Whether every output has one row for each row that went in; otherwise the rows cannot be told apart.</summary>
    public static bool CanSplit(InferenceResult result, int rows)
    {
        foreach (var output in result.Outputs)
        {
            if (output.Shape.Length == 0 || output.Shape[0] != rows)
            {
                return false;
            }
        }

        return true;
    }

    public static InferenceResult Slice(InferenceResult result, int start, int count)
    {
        var outputs = new Tensor[result.Outputs.Count];
        for (var i = 0; i < outputs.Length; i++)
        {
            outputs[i] = result.Outputs[i].SliceRows(start, count);
        }

        return InferenceResult.Succeeded(outputs);
    }

    private static Tensor JoinNumbers(IReadOnlyList<PendingInference> members, int input, long[] shape)
    {
        var tensor = Tensor.Rent(members[0].Inputs[input].Name, members[0].Inputs[input].Type, shape);
        var rest = tensor.RawBytes;
        foreach (var member in members)
        {
            var bytes = member.Inputs[input].RawBytes;
            bytes.CopyTo(rest);
            rest = rest[bytes.Length..];
        }

        return tensor;
    }

    private static Tensor JoinStrings(IReadOnlyList<PendingInference> members, int input, long[] shape)
    {
        TensorShape.TryCountElements(shape, out var count);
        var elements = new ReadOnlyMemory<byte>[count];
        var rest = elements.AsSpan();
        foreach (var member in members)
        {
            var strings = member.Inputs[input].Strings;
            strings.CopyTo(rest);
            rest = rest[strings.Length..];
        }

        return Tensor.FromStrings(members[0].Inputs[input].Name, elements, shape);
    }
}
