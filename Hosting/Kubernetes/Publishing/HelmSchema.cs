using System.Text.Json;
using System.Text.Json.Nodes;

namespace Aspire.Hosting.Kubernetes.Publishing;

/// <summary>
/// Writes the schema by which Helm checks values before it renders: a name that does not exist, an image or a password that YAML read as a number, are
/// errors then, and not a chart that looks right.
/// </summary>
internal static class HelmSchema
{
    private static readonly JsonSerializerOptions s_options = new() { WriteIndented = true, NewLine = "\n" };

    public static string Write(SortedDictionary<string, object> parameters, List<SecretReference> secrets)
    {
        var secretNames = secrets.Select(s => HelmNames.Key(s.Parameter)).Distinct(StringComparer.Ordinal);
        var schema = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["parameters"] = Closed(parameters.Select(p => KeyValuePair.Create(p.Key, For(p.Value)))),
                ["secrets"] = Closed(secretNames.Select(name => KeyValuePair.Create(name, Type("string")))),
            },
        };
        return schema.ToJsonString(s_options) + "\n";
    }

    private static JsonObject For(object value) =>
        value switch
        {
            SortedDictionary<string, object> map => Closed(map.Select(m => KeyValuePair.Create(m.Key, For(m.Value)))),
            int => new JsonObject { ["type"] = "integer", ["minimum"] = 0 },
            // A number in a file of values has to be quoted: Helm would write 12345678 as 1.2345678e+07.
            string => Type("string"),
            _ => Type("object"),
        };

    private static JsonObject Type(string name) => new() { ["type"] = name };

    private static JsonObject Closed(IEnumerable<KeyValuePair<string, JsonObject>> properties) =>
        new()
        {
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["properties"] = new JsonObject(properties.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
        };
}
