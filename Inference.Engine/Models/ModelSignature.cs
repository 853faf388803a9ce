using System.Diagnostics.CodeAnalysis;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Models;

/// <summary>The inputs and outputs of a model, in graph order, and what follows from them.</summary>
public sealed class ModelSignature
{
    /// <summary>Creates a signature.</summary>
    public ModelSignature(IReadOnlyList<ModelTensor> inputs, IReadOnlyList<ModelTensor> outputs)
    {
        Inputs = inputs;
        Outputs = outputs;
        RowsCanBeJoined = Joinable(inputs, outputs);
    }

    /// <summary>The inputs that a caller has to give.</summary>
    public IReadOnlyList<ModelTensor> Inputs { get; }

    /// <summary>The outputs that a run yields.</summary>
    public IReadOnlyList<ModelTensor> Outputs { get; }

    /// <summary>
    /// Whether requests may be joined along the first dimension: it is variable in every input, one and the same symbol in all inputs, no output fixes it to more
    /// than one row, and no other dimension has its symbol: rows that are set against each other, as in a similarity matrix, must not meet those of another request.
    /// </summary>
    public bool RowsCanBeJoined { get; }

    /// <summary>Checks a caller's tensors and puts them in graph order; false with a text for the caller when they do not fit.</summary>
    public bool TryBind(IReadOnlyList<Tensor> given, [NotNullWhen(true)] out Tensor[]? ordered, [NotNullWhen(false)] out string? error)
    {
        if (given is Tensor[] array && IsBound(array))
        {
            ordered = array;
            error = null;
            return true;
        }

        ordered = null;
        var bound = new Tensor?[Inputs.Count];
        foreach (var tensor in given)
        {
            var index = IndexOf(tensor.Name);
            if (index < 0)
            {
                error = $"unexpected inference input '{tensor.Name}'; the model has {InputNames()}";
                return false;
            }

            if (bound[index] is not null)
            {
                error = $"inference input '{tensor.Name}' is given twice";
                return false;
            }

            if (!Fits(Inputs[index], tensor, out error))
            {
                return false;
            }

            bound[index] = tensor;
        }

        var missing = Array.IndexOf(bound, null);
        if (missing >= 0)
        {
            error = $"inference input '{Inputs[missing].Name}' is missing; the model has {InputNames()}";
            return false;
        }

        ordered = bound!;
        error = null;
        return true;
    }

    // The common case: a protocol's reader has made the tensors in order. Nothing is allocated for it.
    private bool IsBound(Tensor[] given)
    {
        if (given.Length != Inputs.Count)
        {
            return false;
        }

        for (var i = 0; i < given.Length; i++)
        {
            var expected = Inputs[i];
            if (
                given[i].Type != expected.Type
                || !string.Equals(given[i].Name, expected.Name, StringComparison.Ordinal)
                || !expected.Accepts(given[i].Shape)
            )
            {
                return false;
            }
        }

        return true;
    }

    private static bool Fits(ModelTensor expected, Tensor given, [NotNullWhen(false)] out string? error)
    {
        if (given.Type != expected.Type)
        {
            error = $"inference input '{given.Name}' has datatype {given.Type.WireName()}, the model expects {expected.Type.WireName()}";
            return false;
        }

        if (!expected.Accepts(given.Shape))
        {
            error =
                $"inference input '{given.Name}' has shape {TensorShape.Format(given.Shape)}, "
                + $"the model expects {TensorShape.Format([.. expected.Shape])}";
            return false;
        }

        error = null;
        return true;
    }

    private static bool Joinable(IReadOnlyList<ModelTensor> inputs, IReadOnlyList<ModelTensor> outputs) =>
        inputs.Count > 0
        && inputs.All(input => input.HasVariableRows && input.Symbols[0] == inputs[0].Symbols[0])
        && outputs.All(MayHaveOneRowPerInput)
        && !inputs.Concat(outputs).Any(tensor => HasAlsoElsewhere(tensor, inputs[0].Symbols[0]));

    // Exporters of scikit-learn models declare one row where there are as many as go in; a joined run that comes back with another number is noticed.
    private static bool MayHaveOneRowPerInput(ModelTensor output) => output.Shape.Count > 0 && output.Shape[0] is -1 or 1;

    private static bool HasAlsoElsewhere(ModelTensor tensor, string symbol) =>
        symbol.Length > 0 && tensor.Symbols.Skip(1).Contains(symbol, StringComparer.Ordinal);

    private int IndexOf(string name)
    {
        for (var i = 0; i < Inputs.Count; i++)
        {
            if (string.Equals(Inputs[i].Name, name, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    // Bounded: a model of thousands of columns must not make error texts of megabytes.
    private string InputNames()
    {
        const int Shown = 20;
        var names = string.Join(", ", Inputs.Take(Shown).Select(input => $"'{input.Name}'"));
        return Inputs.Count > Shown ? $"{Inputs.Count} inputs: {names}, ..." : $"inputs: {names}";
    }
}
