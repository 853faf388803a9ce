using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Models;

/// <summary>Makes inputs out of a signature alone, for a first run before anyone's request.</summary>
public static class ExampleInputs
{
    /// <summary>Zeros, and empty strings, with 1 for every variable dimension. The caller disposes them.</summary>
    public static IReadOnlyList<Tensor> Zeros(ModelSignature signature)
    {
        var tensors = new List<Tensor>(signature.Inputs.Count);
        foreach (var input in signature.Inputs)
        {
            long[] shape = [.. input.Shape.Select(dimension => dimension < 0 ? 1 : dimension)];
            if (input.Type == ElementType.Bytes)
            {
                tensors.Add(
                    TensorShape.TryCountElements(shape, out var count)
                        ? Tensor.FromStrings(input.Name, new ReadOnlyMemory<byte>[count], shape)
                        : throw new InvalidDataException($"input '{input.Name}' of shape {TensorShape.Format(shape)} is too large")
                );
                continue;
            }

            if (!TensorShape.TryCountBytes(input.Type, shape, out _))
            {
                throw new InvalidDataException($"input '{input.Name}' of shape {TensorShape.Format(shape)} exceeds 2 GiB");
            }

            var tensor = Tensor.Rent(input.Name, input.Type, shape);
            tensor.RawBytes.Clear();
            tensors.Add(tensor);
        }

        return tensors;
    }
}
