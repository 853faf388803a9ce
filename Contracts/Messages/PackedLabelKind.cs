namespace Slipway.Contracts.Messages;

/// <summary>How the predicted class stands in a packed record.</summary>
public enum PackedLabelKind : byte
{
    /// <summary>The model predicts no class.</summary>
    None,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A number, as <see cref="PackedNumberKind"/> says.</summary>
    Number,
}
