namespace Slipway.Inference.Service.PredictionLog;

/// <summary>How the predicted class stands in a journal record.</summary>
internal enum LabelKind : byte
{
    /// <summary>The model predicts no class.</summary>
    None,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A number, as <see cref="NumberKind"/> says.</summary>
    Number,
}
