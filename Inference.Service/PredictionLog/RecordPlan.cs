using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>
/// Which tensors of a model become which part of a prediction record; made once per loaded version, so that nothing is looked up by name per request.
/// </summary>
internal sealed class RecordPlan
{
    // Shapes that vary from request to request would make layouts without end: beyond this many, records carry their names themselves.
    private const int MaxLayouts = 16;

    private readonly bool _isBatched;
    private volatile RecordLayout[] _layouts = [];

    public RecordPlan(ModelSignature signature)
    {
        Columns = [.. signature.Inputs.Select(input => new RecordColumn(input))];
        _isBatched =
            signature.Inputs.Count > 0
            && signature.Inputs.All(input => input.HasVariableRows)
            // Some exporters declare one row where as many come out as go in; the rows of the answer itself decide.
            && signature.Outputs.All(output => output.Shape.Count > 0 && output.Shape[0] is -1 or 1);
        LabelIndex = Find(signature, IsSingle, "label", "output_label", "class");
        if (LabelIndex < 0)
        {
            LabelIndex = FindFirst(signature, output => output.Type == ElementType.Bytes && IsSingle(output));
        }
        ScoresIndex = Find(signature, IsSeveral, "probabilities", "output_probability", "scores");
        if (ScoresIndex < 0)
        {
            ScoresIndex = FindFirst(signature, output => output.Type is ElementType.Fp32 or ElementType.Fp64 && IsSeveral(output));
        }
        ValueIndex = Find(signature, IsNumber, "prediction", "variable", "value");
        if (ValueIndex < 0)
        {
            ValueIndex = FindFirst(signature, IsNumber);
        }
        if (ValueIndex == LabelIndex)
        {
            ValueIndex = -1;
        }
    }

    /// <summary>The inputs, in the order of the signature.</summary>
    public IReadOnlyList<RecordColumn> Columns { get; }

    /// <summary>The output that holds the predicted class, or -1.</summary>
    public int LabelIndex { get; }

    /// <summary>The output that holds the class probabilities, or -1.</summary>
    public int ScoresIndex { get; }

    /// <summary>The output that holds the predicted number, or -1.</summary>
    public int ValueIndex { get; }

    /// <summary>How many rows were answered: the first dimension where it is a batch in all tensors, else one row that is the whole request.</summary>
    public int CountRows(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> outputs)
    {
        if (!_isBatched)
        {
            return 1;
        }
        var rows = inputs[0].RowCount;
        for (var i = 1; i < inputs.Count; i++)
        {
            if (inputs[i].RowCount != rows)
            {
                return 1;
            }
        }
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].Shape.Length == 0 || outputs[i].Shape[0] != rows)
            {
                return 1;
            }
        }
        return (int)rows;
    }

    /// <summary>The layout of a request's records; null when they have to carry their names.</summary>
    public RecordLayout? LayoutOf(in AnsweredRequest request, int rowCount)
    {
        var layouts = _layouts;
        foreach (var layout in layouts)
        {
            if (layout.Fits(request, rowCount))
            {
                return layout;
            }
        }
        if (layouts.Length >= MaxLayouts || request.Inputs.Count != Columns.Count)
        {
            return null;
        }
        // Two threads may add one each: either is good, and the one that is lost is made again.
        var added = new RecordLayout(request, rowCount);
        _layouts = [.. layouts, added];
        return added;
    }

    private static bool IsSingle(ModelTensor output) => output.Shape.Skip(1).All(dimension => dimension == 1);

    private static bool IsSeveral(ModelTensor output) =>
        output.Shape.Count == 2 && output.Shape[1] != 1 && output.Type != ElementType.Bytes;

    private static bool IsNumber(ModelTensor output) => output.Type != ElementType.Bytes && IsSingle(output);

    private static int Find(ModelSignature signature, Func<ModelTensor, bool> fits, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            var index = FindFirst(
                signature,
                output => string.Equals(output.Name, name, StringComparison.OrdinalIgnoreCase) && fits(output)
            );
            if (index >= 0)
            {
                return index;
            }
        }
        return -1;
    }

    private static int FindFirst(ModelSignature signature, Func<ModelTensor, bool> fits)
    {
        for (var i = 0; i < signature.Outputs.Count; i++)
        {
            if (fits(signature.Outputs[i]))
            {
                return i;
            }
        }
        return -1;
    }
}
