namespace Slipway.EndToEnd.Tests.Telemetry;

/// <summary>What a test asks of an exported span; identifiers in lower-case hexadecimal digits, the parent's empty at a root.</summary>
internal sealed record OtlpSpan(string Service, string Scope, string Name, string TraceId, string SpanId, string ParentId);
