using System.Text.Json.Serialization;

namespace Slipway.Inference.Service.V1;

/// <summary><c>GET /v1/models</c>, as KServe has it.</summary>
internal sealed record V1ModelList([property: JsonPropertyName("models")] IReadOnlyList<string> Models);

/// <summary><c>GET /v1/models/{name}</c>: KServe's <c>name</c> and <c>ready</c>, TensorFlow Serving's <c>model_version_status</c>.</summary>
internal sealed record V1ModelStatus(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("ready")] bool Ready,
    [property: JsonPropertyName("model_version_status")] IReadOnlyList<V1VersionStatus> Versions
);

/// <summary>One version: <c>AVAILABLE</c>, <c>LOADING</c> or <c>END</c>.</summary>
internal sealed record V1VersionStatus(
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("status")] V1Error Status
);

/// <summary>What is wrong with a version, or OK.</summary>
internal sealed record V1Error(
    [property: JsonPropertyName("error_code")] string Code,
    [property: JsonPropertyName("error_message")] string Message
);

[JsonSerializable(typeof(V1ModelList))]
[JsonSerializable(typeof(V1ModelStatus))]
internal sealed partial class V1Json : JsonSerializerContext;
