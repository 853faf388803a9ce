namespace Slipway.Training.Worker.Data;

/// <summary>How a column is understood: numbers with NaN for missing, or text categories.</summary>
internal enum ColumnKind
{
    Numeric,
    Categorical,
}
