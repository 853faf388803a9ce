using Slipway.Contracts.Vetting;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Vetting;

/// <summary>What is worth knowing about a sound model before it serves.</summary>
internal static class ModelWarnings
{
    private const int Shown = 5;

    // Of ONNX itself and of its runtime: no other program is needed to run these.
    private static readonly string[] KnownDomains =
    [
        "",
        "ai.onnx",
        "ai.onnx.ml",
        "ai.onnx.training",
        "ai.onnx.preview",
        "ai.onnx.preview.training",
        "com.microsoft",
        "com.microsoft.nchwc",
        "com.microsoft.experimental",
        "com.ms.internal.nhwc",
    ];

    public static IEnumerable<string> Of(ModelSignature signature, VettingReport report, VettingOptions options)
    {
        if (options.ExamplePath is null)
        {
            yield return "There is no input example: the model was run on zeros, and its latency may be another on real inputs.";
        }

        if (signature.Inputs.Count == 0)
        {
            yield return "The model has no inputs: it always gives the same answer.";
        }
        else if (!signature.RowsCanBeJoined)
        {
            yield return "Requests cannot be joined into batches: the first dimension of an input or output is fixed, or differs in name.";
        }

        if (Names(signature.Inputs.Where(input => input.Shape.Skip(1).Any(dimension => dimension < 0))) is { } variable)
        {
            yield return $"Inputs have variable dimensions beside the first: {variable}. Only requests of one shape are joined into a batch.";
        }

        if (Names(signature.Inputs.Concat(signature.Outputs).Where(tensor => tensor.Type == ElementType.Fp64)) is { } wide)
        {
            yield return $"64-bit floats take twice the memory and time of 32-bit ones: {wide}.";
        }

        if (report.Operators.Any(used => used is { Domain: "ai.onnx.ml", Name: "ZipMap" }))
        {
            yield return "The model ends in ZipMap, which makes a map for each row: exported without it (scikit-learn: zipmap=False) it answers faster.";
        }

        var custom = report.Opsets.Select(opset => opset.Domain).Where(domain => !KnownDomains.Contains(domain, StringComparer.Ordinal));
        if (string.Join(", ", custom.Distinct(StringComparer.Ordinal).Take(Shown)) is { Length: > 0 } domains)
        {
            yield return $"The model imports operators that are not ONNX's own: {domains}. It runs only where they are defined in the model itself.";
        }
    }

    private static string? Names(IEnumerable<ModelTensor> tensors)
    {
        var names = tensors.Select(tensor => $"'{tensor.Name}'").Take(Shown + 1).ToList();
        return names.Count == 0 ? null : string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? ", ..." : "");
    }
}
