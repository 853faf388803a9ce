using System.Buffers;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V2;

/// <summary>A raw request (binary tensor data extension): the body is the bytes of the model's one input, whose shape follows from their number.</summary>
internal static class RawRequestReader
{
    public static PredictionRequest Read(ReadOnlySequence<byte> body, ModelFacts facts, string model)
    {
        var inputs = facts.Signature.Inputs;
        if (inputs.Count != 1)
        {
            throw RequestRefusedException.BadRequest(
                $"Raw request must only have 1 input (found 1) to be deduced but got {inputs.Count} inputs in '{model}' model configuration"
            );
        }
        var input = inputs[0];
        return new PredictionRequest
        {
            Inputs =
            [
                input.Type == ElementType.Bytes
                    ? Tensor.FromStrings(input.Name, [body.ToArray()], OneElement(input))
                    : BinaryTensors.Read(input, DeduceShape(input, body.Length, model), body, model),
            ],
            IsBinaryWanted = true,
        };
    }

    private static long[] OneElement(ModelTensor input)
    {
        long[] shape = [.. input.Shape.Select((dimension, i) => i == 0 && dimension < 0 ? 1 : dimension)];
        return Array.TrueForAll(shape, dimension => dimension == 1)
            ? shape
            : throw RequestRefusedException.BadRequest($"For BYTE datatype raw input '{input.Name}', the model must have input shape [1]");
    }

    // The first dimension is the batch, of one, unless nothing else is left to take up the bytes.
    private static long[] DeduceShape(ModelTensor input, long bytes, string model)
    {
        long[] shape = [.. input.Shape];
        var variable = Array.FindAll(shape, dimension => dimension < 0).Length;
        if (variable > 1 && shape[0] < 0)
        {
            shape[0] = 1;
            variable--;
        }
        if (variable > 1)
        {
            throw RequestRefusedException.BadRequest(
                $"The shape of the raw input '{input.Name}' can not be deduced because there are more than one variable-sized dimension"
            );
        }
        var known = (long)input.Type.SizeBytes();
        foreach (var dimension in shape)
        {
            known *= dimension < 0 ? 1 : dimension;
        }
        if (variable == 1)
        {
            if (known == 0 || bytes % known != 0)
            {
                throw InputErrors.WrongByteSize(input, known, bytes, model);
            }
            shape[Array.FindIndex(shape, dimension => dimension < 0)] = bytes / known;
        }
        return shape;
    }
}
