using System.Text.Json.Serialization;

namespace Slipway.Inference.Service.Repository;

/// <summary>The JSON of the model repository extension.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<RepositoryIndexEntry>))]
internal sealed partial class RepositoryJson : JsonSerializerContext;
