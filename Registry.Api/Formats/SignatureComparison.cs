using Slipway.Contracts.Vetting;

namespace Slipway.Registry.Api.Formats;

/// <summary>Sets the signature that a model declares against that of its graph; what differs is a warning, since the graph decides.</summary>
internal static class SignatureComparison
{
    private const int MaxWarnings = 20;

    private static readonly Dictionary<string, string> s_datatypes = new(StringComparer.Ordinal)
    {
        ["float16"] = "FP16",
        ["float32"] = "FP32",
        ["float64"] = "FP64",
        ["int8"] = "INT8",
        ["int16"] = "INT16",
        ["int32"] = "INT32",
        ["int64"] = "INT64",
        ["uint8"] = "UINT8",
        ["uint16"] = "UINT16",
        ["uint32"] = "UINT32",
        ["uint64"] = "UINT64",
        ["bool"] = "BOOL",
        ["object"] = "BYTES",
        ["str"] = "BYTES",
        ["bytes"] = "BYTES",
    };

    public static IReadOnlyList<string> Differences(
        DeclaredSignature declared,
        IReadOnlyList<TensorSpec> inputs,
        IReadOnlyList<TensorSpec> outputs
    ) => [.. Differences("input", declared.Inputs, inputs).Concat(Differences("output", declared.Outputs, outputs)).Take(MaxWarnings)];

    private static IEnumerable<string> Differences(string what, IReadOnlyList<DeclaredField>? declared, IReadOnlyList<TensorSpec> graph)
    {
        if (declared is null or [] || graph.Count == 0)
        {
            return [];
        }
        if (declared.Any(field => field.Shape is not null))
        {
            return Tensors(what, declared, graph);
        }
        // The columns of a table side by side in one matrix.
        var isMatrix = graph is [{ Shape.Count: 2 }] && !declared.Any(field => field.Name == graph[0].Name);
        return isMatrix ? Matrix(what, declared, graph[0]) : Columns(what, declared, graph);
    }

    private static IEnumerable<string> Tensors(string what, IReadOnlyList<DeclaredField> declared, IReadOnlyList<TensorSpec> graph)
    {
        foreach (var field in declared)
        {
            var tensor =
                field.Name is null && declared.Count == 1 && graph.Count == 1 ? graph[0] : graph.FirstOrDefault(t => t.Name == field.Name);
            if (tensor is null)
            {
                yield return $"The declared {what} '{field.Name}' is not in the graph.";
                continue;
            }
            if (s_datatypes.TryGetValue(TypeName(field.Type), out var datatype) && datatype != tensor.Datatype)
            {
                yield return $"The {what} '{tensor.Name}' is declared as {field.Type}, but is {tensor.Datatype} in the graph.";
            }
            if (field.Shape is { } shape && !Fits(shape, tensor.Shape))
            {
                yield return $"The {what} '{tensor.Name}' is declared with shape {Format(shape)}, but has {Format(tensor.Shape)} in the graph.";
            }
        }
        foreach (var missing in Undeclared(what, declared, graph))
        {
            yield return missing;
        }
    }

    private static IEnumerable<string> Columns(string what, IReadOnlyList<DeclaredField> declared, IReadOnlyList<TensorSpec> graph)
    {
        foreach (var field in declared.Where(f => f.Name is not null))
        {
            if (graph.FirstOrDefault(t => t.Name == field.Name) is not { } tensor)
            {
                yield return $"The declared {what} '{field.Name}' is not in the graph.";
            }
            else if (IsText(field.Type) is { } text && text != (tensor.Datatype == "BYTES"))
            {
                yield return $"The {what} '{field.Name}' is declared as {field.Type}, but is {tensor.Datatype} in the graph.";
            }
        }
        foreach (var missing in Undeclared(what, declared, graph))
        {
            yield return missing;
        }
    }

    private static IEnumerable<string> Matrix(string what, IReadOnlyList<DeclaredField> declared, TensorSpec matrix)
    {
        if (matrix.Shape[1] >= 0 && declared.Count > 1 && matrix.Shape[1] != declared.Count)
        {
            yield return $"{declared.Count} columns are declared as {what}, but '{matrix.Name}' of the graph has {matrix.Shape[1]}.";
        }
        if (declared.FirstOrDefault(f => IsText(f.Type) is { } text && text != (matrix.Datatype == "BYTES")) is { } wrong)
        {
            yield return $"The {what} column '{wrong.Name}' is declared as {wrong.Type}, but '{matrix.Name}' of the graph is {matrix.Datatype}.";
        }
    }

    private static IEnumerable<string> Undeclared(string what, IReadOnlyList<DeclaredField> declared, IReadOnlyList<TensorSpec> graph) =>
        declared.Any(f => f.Name is null)
            ? []
            : graph
                .Where(t => !declared.Any(f => f.Name == t.Name))
                .Select(t => $"The {what} '{t.Name}' of the graph is not in the declared signature.");

    private static bool Fits(IReadOnlyList<long> declared, IReadOnlyList<long> graph) =>
        // A graph that says nothing of a shape has rank 0.
        graph.Count == 0
        || declared.Count == graph.Count && declared.Zip(graph).All(d => d.First < 0 || d.Second < 0 || d.First == d.Second);

    // NumPy's texts carry their length: <U7.
    private static string TypeName(string type) => type.TrimStart('<', '>', '|', '=') is ['U' or 'S', ..] ? "str" : type;

    private static bool? IsText(string type) =>
        type switch
        {
            "string" or "binary" => true,
            "boolean" or "integer" or "long" or "float" or "double" => false,
            _ => null,
        };

    private static string Format(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";
}
