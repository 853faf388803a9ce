using System.Text.Json.Serialization;
using Slipway.Contracts.Vetting;

namespace Slipway.Inference.Engine.Vetting;

/// <summary>The report's JSON: camelCase, one line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(VettingReport))]
internal sealed partial class VettingJson : JsonSerializerContext;
