namespace Slipway.Inference.Service.PredictionLog;

/// <summary>How a number stands in a journal record.</summary>
internal enum NumberKind : byte
{
    /// <summary>Missing: NaN, an infinity, or nothing.</summary>
    None,

    /// <summary>IEEE 754 single, 4 bytes.</summary>
    Single,

    /// <summary>IEEE 754 double, 8 bytes.</summary>
    Double,
}
