using System.Text.Json.Serialization;

namespace Slipway.Inference.Service.Containers;

/// <summary>A model that the platform has loaded.</summary>
internal sealed record MultiModel(string ModelName, string ModelUrl);

/// <summary>A page of them.</summary>
internal sealed record MultiModelList(IReadOnlyList<MultiModel> Models, string? NextPageToken);

/// <summary>The JSON of SageMaker's multi-model contract.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(MultiModelList))]
[JsonSerializable(typeof(MultiModel))]
internal sealed partial class MultiModelJson : JsonSerializerContext;
