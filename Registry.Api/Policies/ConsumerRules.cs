using Slipway.Contracts.Registry;
using Slipway.Contracts.Vetting;

namespace Slipway.Registry.Api.Policies;

/// <summary>What makes a consumer's declaration one that a version can be held against.</summary>
internal static class ConsumerRules
{
    private const int MaxNameLength = 200;
    private const int MaxTensors = 2000;
    private const int MaxRank = 32;

    /// <summary>What is wrong, or null.</summary>
    public static string? Check(ConsumerDeclaration consumer)
    {
        if (string.IsNullOrWhiteSpace(consumer.Name) || consumer.Name.Length > MaxNameLength || consumer.Name.Contains('\0'))
        {
            return $"A consumer has a name of 1 to {MaxNameLength} characters.";
        }
        if (consumer.Inputs.Count + consumer.Outputs.Count is 0 or > MaxTensors)
        {
            return $"A consumer names 1 to {MaxTensors} inputs and outputs.";
        }
        return Check(consumer.Inputs) ?? Check(consumer.Outputs);
    }

    private static string? Check(IReadOnlyList<TensorSpec> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (tensor is not { Name.Length: > 0 and <= MaxNameLength, Datatype.Length: > 0 and <= 20, Shape.Count: <= MaxRank })
            {
                return "Each input and output has a name, a datatype such as FP32, and a shape with -1 for a variable dimension.";
            }
            if (!names.Add(tensor.Name))
            {
                return $"'{tensor.Name}' is named twice.";
            }
            if (tensor.Name.Contains('\0') || tensor.Shape.Any(d => d < -1))
            {
                return $"'{tensor.Name}' is no name, or its shape has a dimension below -1.";
            }
        }
        return null;
    }
}
