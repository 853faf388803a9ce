using System.Text.Json.Serialization;

namespace Aspire.Hosting.Secrets;

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(SortedDictionary<string, string>))]
internal sealed partial class SecretJsonContext : JsonSerializerContext { }
