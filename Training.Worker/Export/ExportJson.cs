using System.Text.Json.Serialization;

namespace Slipway.Training.Worker.Export;

/// <summary>Source-generated JSON of what stands inside an exported model.</summary>
[JsonSerializable(typeof(string[]))]
internal sealed partial class ExportJson : JsonSerializerContext;
