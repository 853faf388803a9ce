namespace Slipway.Inference.Service.Repository.ProtoText;

/// <summary>The kinds of tokens in protobuf text.</summary>
internal enum ProtoTokenKind
{
    /// <summary>Nothing is left.</summary>
    End,

    /// <summary>A name: of a field, an enumeration's member, or a word such as <c>true</c> and <c>inf</c>.</summary>
    Identifier,

    /// <summary>An unsigned number as written: decimal, hexadecimal, octal or floating.</summary>
    Number,

    /// <summary>A quoted string; its bytes are the token's <see cref="ProtoToken.Bytes"/>.</summary>
    String,

    /// <summary>One character of punctuation.</summary>
    Symbol,
}
