namespace Slipway.Inference.Service.Repository.ProtoText;

/// <summary>A text that is no protobuf text of the expected message; the message says where and why.</summary>
internal sealed class ProtoTextException(int line, int column, string problem) : Exception($"line {line}, column {column}: {problem}");
