using System.Text.Json.Serialization;

namespace Slipway.Inference.Service.V2;

/// <summary><c>GET /v2</c>.</summary>
internal sealed record V2Server(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("extensions")] IReadOnlyList<string> Extensions
);

/// <summary><c>GET /v2/health/live</c>.</summary>
internal sealed record V2Live([property: JsonPropertyName("live")] bool Live);

/// <summary><c>GET /v2/health/ready</c>.</summary>
internal sealed record V2Ready([property: JsonPropertyName("ready")] bool Ready);

/// <summary><c>GET /v2/models/{name}/ready</c>.</summary>
internal sealed record V2ModelReady([property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("ready")] bool Ready);

/// <summary><c>GET /v2/models/{name}</c>.</summary>
internal sealed record V2Model(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("versions")] IReadOnlyList<string> Versions,
    [property: JsonPropertyName("platform")] string Platform,
    [property: JsonPropertyName("inputs")] IReadOnlyList<V2Tensor> Inputs,
    [property: JsonPropertyName("outputs")] IReadOnlyList<V2Tensor> Outputs
);

/// <summary>A tensor of a model; -1 is a variable dimension.</summary>
internal sealed record V2Tensor(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("datatype")] string Datatype,
    [property: JsonPropertyName("shape")] IReadOnlyList<long> Shape
);

/// <summary>An element of <c>GET /v2/systemsharedmemory/status</c>; offset and size are in bytes.</summary>
internal sealed record V2SharedMemoryRegion(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("offset")] long Offset,
    [property: JsonPropertyName("byte_size")] long ByteSize
);

[JsonSerializable(typeof(V2Server))]
[JsonSerializable(typeof(V2Live))]
[JsonSerializable(typeof(V2Ready))]
[JsonSerializable(typeof(V2ModelReady))]
[JsonSerializable(typeof(V2Model))]
[JsonSerializable(typeof(V2StatisticsList))]
[JsonSerializable(typeof(V2SharedMemoryRegion[]))]
internal sealed partial class V2Json : JsonSerializerContext;
