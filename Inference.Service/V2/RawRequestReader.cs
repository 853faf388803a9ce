using System.Buffers;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Serving;

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
        var shape = ConfiguredShape(input, facts.Configuration);
        return new PredictionRequest
        {
            Inputs =
            [
                input.Type == ElementType.Bytes
                    ? Tensor.FromStrings(input.Name, [body.ToArray()], OneElement(input, shape))
                    : BinaryTensors.Read(input, DeduceShape(input, shape, body.Length, model), body, model),
            ],
            IsBinaryWanted = true,
        };
    }

    // One element, and nothing that could be more: Triton's rule.
    private static long[] OneElement(ModelTensor input, long[] shape) =>
        Array.TrueForAll(shape, dimension => dimension == 1)
            ? shape
            : throw RequestRefusedException.BadRequest($"For BYTE datatype raw input '{input.Name}', the model must have input shape [1]");

    /// <summary>The shape by the model's configuration, which may say more than the graph; the batch is of one.</summary>
    private static long[] ConfiguredShape(ModelTensor input, ModelConfiguration configuration)
    {
        if (configuration.Config.Input.FirstOrDefault(each => each.Name == input.Name) is not { } configured)
        {
            return [.. input.Shape];
        }
        var dims = configured.Reshape?.Shape ?? configured.Dims;
        return configuration.IsBatched ? [1, .. dims] : [.. dims];
    }

    private static long[] DeduceShape(ModelTensor input, long[] shape, long bytes, string model)
    {
        var variable = Array.FindAll(shape, dimension => dimension < 0).Length;
        if (variable > 1)
        {
            throw RequestRefusedException.BadRequest(
                $"The shape of the raw input '{input.Name}' can not be deduced because there are more than one variable-sized dimension"
            );
        }
        var place = Array.FindIndex(shape, dimension => dimension < 0);
        if (place < 0 && input.HasVariableRows)
        {
            // Nothing else is left to take up the bytes.
            place = 0;
        }
        long known = input.Type.SizeBytes();
        for (var i = 0; i < shape.Length; i++)
        {
            known *= i == place ? 1 : shape[i];
        }
        if (place >= 0)
        {
            if (known == 0 || bytes % known != 0)
            {
                throw InputErrors.WrongByteSize(input, known, bytes, model);
            }
            shape[place] = bytes / known;
        }
        return shape;
    }
}
