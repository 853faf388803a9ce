using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Contracts.Monitoring;

namespace Slipway.Monitoring.Worker.Storage;

/// <summary>Generated JSON of what the tables keep as jsonb. Nulls are written: left out, a member would come back as its default.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(MonitorDefinition))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, double>))]
[JsonSerializable(typeof(Dictionary<string, double>))]
[JsonSerializable(typeof(IReadOnlyList<FeatureDrift>))]
[JsonSerializable(typeof(BaselineProfile))]
internal sealed partial class MonitoringJson : JsonSerializerContext;
