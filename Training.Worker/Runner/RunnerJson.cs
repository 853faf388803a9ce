using System.Text.Json.Serialization;

namespace Slipway.Training.Worker.Runner;

/// <summary>Source-generated JSON between the worker and its training processes.</summary>
[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals
)]
[JsonSerializable(typeof(TrainingSpec))]
[JsonSerializable(typeof(TrainingEvent))]
internal sealed partial class RunnerJson : JsonSerializerContext;
