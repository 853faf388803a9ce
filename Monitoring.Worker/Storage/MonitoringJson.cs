using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Contracts.Monitoring;

namespace Slipway.Monitoring.Worker.Storage;

/// <summary>Generated JSON of what the tables keep as jsonb.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MonitorDefinition))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, double>))]
[JsonSerializable(typeof(Dictionary<string, double>))]
[JsonSerializable(typeof(IReadOnlyList<FeatureDrift>))]
[JsonSerializable(typeof(BaselineProfile))]
internal sealed partial class MonitoringJson : JsonSerializerContext;
