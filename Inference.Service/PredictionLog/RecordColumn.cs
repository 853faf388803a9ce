using System.Globalization;
using System.Text;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>One model input as the prediction log names it, in UTF-8 once and for all.</summary>
internal sealed class RecordColumn
{
    /// <summary>Rows of more elements are summarised.</summary>
    public const int MaxElements = 64;

    private readonly string _text;
    private byte[][]? _elementNames;
    private byte[][]? _summaryNames;

    public RecordColumn(ModelTensor input)
    {
        _text = input.Name;
        Name = Encoding.UTF8.GetBytes(input.Name);
        IsText = input.Type == ElementType.Bytes;
    }

    /// <summary>The input's name: the feature's name where a row has one element.</summary>
    public byte[] Name { get; }

    /// <summary>Whether the feature is categorical.</summary>
    public bool IsText { get; }

    /// <summary><c>name.0</c> to <c>name.63</c>: the features of a row of several elements.</summary>
    public byte[][] ElementNames =>
        _elementNames ??= [.. Enumerable.Range(0, MaxElements).Select(i => Suffixed(i.ToString(CultureInfo.InvariantCulture)))];

    /// <summary><c>name.mean</c>, <c>.min</c>, <c>.max</c>, <c>.std</c>.</summary>
    public byte[][] SummaryNames => _summaryNames ??= [Suffixed("mean"), Suffixed("min"), Suffixed("max"), Suffixed("std")];

    /// <summary>The names of the features that a row of so many elements has. Many texts have no summary that would mean something, and are left out.</summary>
    public IEnumerable<byte[]> NamesOf(int elementCount) =>
        elementCount == 1 ? [Name]
        : elementCount <= MaxElements ? ElementNames.Take(elementCount)
        : IsText ? []
        : SummaryNames;

    private byte[] Suffixed(string suffix) => Encoding.UTF8.GetBytes($"{_text}.{suffix}");
}
