namespace Slipway.Inference.Service.Repository.ProtoText;

/// <summary>A token of protobuf text, with the place it starts at, from 1.</summary>
internal readonly record struct ProtoToken(ProtoTokenKind Kind, string Text, byte[]? Bytes, int Line, int Column)
{
    /// <summary>How error texts name it.</summary>
    public override string ToString() => Kind == ProtoTokenKind.End ? "the end of the text" : $"'{Text}'";
}
