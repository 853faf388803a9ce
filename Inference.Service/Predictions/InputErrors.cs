using System.Text;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.Predictions;

/// <summary>The texts for inputs that do not fit a model, in Triton's words, which clients and their tests match on.</summary>
internal static class InputErrors
{
    private const int MaxShown = 50;

    public static RequestRefusedException Unexpected(string input, string model) =>
        RequestRefusedException.BadRequest($"unexpected inference input '{Shorten(input)}' for model '{model}'");

    public static RequestRefusedException UnexpectedOutput(string output, string model) =>
        RequestRefusedException.BadRequest($"unexpected inference output '{Shorten(output)}' for model '{model}'");

    public static RequestRefusedException WrongType(string input, string given, ElementType expected, string model) =>
        RequestRefusedException.BadRequest(
            $"inference input '{input}' data-type is '{Shorten(given)}', but model '{model}' expects '{expected.WireName()}'"
        );

    public static RequestRefusedException WrongShape(ModelTensor input, ReadOnlySpan<long> given, string model) =>
        RequestRefusedException.BadRequest(
            $"unexpected shape for input '{input.Name}' for model '{model}'. Expected {TensorShape.Format([.. input.Shape])}, got {TensorShape.Format(given)}."
        );

    public static RequestRefusedException Twice(ModelTensor input) =>
        RequestRefusedException.BadRequest($"inference input '{input.Name}' is given twice");

    /// <summary>The input, if a tensor of this type and shape fits it.</summary>
    public static ModelTensor Check(ModelTensor input, ReadOnlySpan<byte> datatype, ReadOnlySpan<long> shape, string model)
    {
        if (!Datatypes.Is(datatype, input.Type))
        {
            throw WrongType(input.Name, Encoding.UTF8.GetString(datatype), input.Type, model);
        }
        return input.Accepts(shape) && !shape.ContainsAnyInRange(long.MinValue, -1) ? input : throw WrongShape(input, shape, model);
    }

    public static RequestRefusedException WrongByteSize(ModelTensor input, long expected, long given, string model) =>
        RequestRefusedException.BadRequest(
            $"input byte size mismatch for input '{input.Name}' for model '{model}'. Expected {expected}, got {given}"
        );

    /// <summary>A shape of more elements than memory or the protocol's numbers can hold.</summary>
    public static RequestRefusedException TooLarge(ModelTensor input, ReadOnlySpan<long> shape)
    {
        var count = Int128.One;
        foreach (var dimension in shape)
        {
            count = count > long.MaxValue ? count : count * dimension;
        }
        return RequestRefusedException.BadRequest(
            count > long.MaxValue
                ? $"shape {TensorShape.Format(shape)} of input '{input.Name}' causes total element count to exceed maximum size of {long.MaxValue}"
            : count * Math.Max(1, input.Type.SizeBytes()) > long.MaxValue
                ? $"byte size overflow for input '{input.Name}' of shape {TensorShape.Format(shape)}"
            : $"input '{input.Name}' of shape {TensorShape.Format(shape)} exceeds 2 GiB"
        );
    }

    public static RequestRefusedException Missing(ModelSignature signature, IReadOnlyList<bool> isGiven, string model)
    {
        var given = signature.Inputs.Where((_, i) => isGiven[i]).Select(input => input.Name).ToArray();
        var missing = signature.Inputs.Where((_, i) => !isGiven[i]).Select(input => input.Name).ToArray();
        return RequestRefusedException.BadRequest(
            $"expected {signature.Inputs.Count} inputs but got {given.Length} inputs for model '{model}'. Got input(s) [{Names(given)}], but missing required "
                + $"input(s) [{Names(missing)}]. Please provide all required input(s)."
        );
    }

    // Bounded: a model of thousands of columns must not make answers of megabytes.
    private static string Names(string[] names) =>
        string.Join(",", names.Take(MaxShown).Select(name => $"'{name}'")) + (names.Length > MaxShown ? ",..." : "");

    private static string Shorten(string text) => text.Length > 200 ? text[..200] + "..." : text;
}
