namespace Slipway.Contracts.Messages;

/// <summary>How a number stands in a packed record.</summary>
public enum PackedNumberKind : byte
{
    /// <summary>Missing: NaN, an infinity, or nothing.</summary>
    None,

    /// <summary>IEEE 754 single, 4 bytes.</summary>
    Single,

    /// <summary>IEEE 754 double, 8 bytes.</summary>
    Double,

    /// <summary>A whole number: zigzag, variable length.</summary>
    Integer,
}
