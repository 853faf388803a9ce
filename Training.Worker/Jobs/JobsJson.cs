using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Training.Worker.Jobs;

/// <summary>Generated JSON of what only this service reads and writes. A key that stands twice is refused: which of the two was meant?</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(JobBody))]
[JsonSerializable(typeof(FieldProblem))]
internal sealed partial class JobsJson : JsonSerializerContext;
