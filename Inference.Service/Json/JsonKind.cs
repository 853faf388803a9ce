namespace Slipway.Inference.Service.Json;

/// <summary>What the next JSON value is.</summary>
internal enum JsonKind
{
    /// <summary>An object.</summary>
    Object,

    /// <summary>An array.</summary>
    Array,

    /// <summary>A string.</summary>
    String,

    /// <summary>A number, or one of the tokens <c>NaN</c>, <c>Infinity</c>, <c>-Infinity</c>.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary><c>null</c>.</summary>
    Null,
}
