using System.Text.Json;
using System.Text.Json.Serialization;
using Aspire.Hosting.State;

namespace Aspire.Hosting.ResourceService;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(List<ResourceDocument>))]
[JsonSerializable(typeof(IReadOnlyList<ResourceLogLine>))]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(AppHostDocument))]
internal sealed partial class ResourceJsonContext : JsonSerializerContext { }
