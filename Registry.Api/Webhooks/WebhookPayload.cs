using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Registry.Api.Audit;

namespace Slipway.Registry.Api.Webhooks;

/// <summary>The body that a webhook is sent: MLflow's payload for MLflow's events, before and after for our own. The same entry always gives the same bytes.</summary>
internal static class WebhookPayload
{
    private const string PromptPrefix = "mlflow.prompt.";
    private const string PromptText = "mlflow.prompt.text";

    public static byte[] Of(string name, StoredEntry entry) => Envelope(name, entry.At, Data(name, entry));

    /// <summary>What the test of a webhook sends.</summary>
    public static byte[] Example(string name, DateTimeOffset now) => Envelope(name, now, ExampleData(name));

    private static byte[] Envelope(string name, DateTimeOffset at, JsonObject data)
    {
        var (entity, action) = WebhookEvents.Split(name);
        var body = new JsonObject
        {
            ["entity"] = entity,
            ["action"] = action,
            ["timestamp"] = at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture),
            ["data"] = data,
        };
        return Encoding.UTF8.GetBytes(body.ToJsonString());
    }

    private static JsonObject Data(string name, StoredEntry entry)
    {
        var before = Parse(entry.Before);
        var after = Parse(entry.After);
        var state = after ?? before ?? [];
        return name switch
        {
            _ when WebhookEvents.IsOwn(name) => new()
            {
                ["object"] = entry.Object,
                ["actor"] = entry.Actor,
                ["before"] = before,
                ["after"] = after,
            },
            "registered_model.created" => Pick(state, "name", "tags", "description"),
            "model_version.created" => Pick(state, "name", "version", "source", "run_id", "tags", "description"),
            "prompt.created" => Prompt(Pick(state, "name", "tags", "description")),
            "prompt_version.created" => PromptVersion(state),
            _ when name.EndsWith("_alias.deleted", StringComparison.Ordinal) => Pick(state, "name", "alias"),
            _ when name.EndsWith(".deleted", StringComparison.Ordinal) => Pick(state, Keys(state, "name", "version", "key")),
            _ => Pick(state, Keys(state, "name", "alias", "version", "key", "value")),
        };
    }

    private static JsonObject PromptVersion(JsonObject state)
    {
        var data = Pick(state, "name", "version", "tags", "description");
        data["template"] = (string?)data["tags"]?[PromptText];
        return Prompt(data);
    }

    /// <summary>A prompt's own tags are how MLflow stores it, and no tags of its user's.</summary>
    private static JsonObject Prompt(JsonObject data)
    {
        if (data["tags"] is JsonObject tags)
        {
            foreach (var key in tags.Select(t => t.Key).Where(k => k.StartsWith(PromptPrefix, StringComparison.Ordinal)).ToList())
            {
                tags.Remove(key);
            }
        }
        return data;
    }

    private static string[] Keys(JsonObject state, params string[] keys) => [.. keys.Where(state.ContainsKey)];

    private static JsonObject Pick(JsonObject state, params string[] keys) =>
        new(
            keys.Select(key => KeyValuePair.Create(key, key == "description" && (string?)state[key] is "" ? null : state[key]?.DeepClone()))
        );

    private static JsonObject? Parse(string? json) => json is null ? null : JsonNode.Parse(json) as JsonObject;

    private static JsonObject ExampleData(string name) =>
        name switch
        {
            _ when WebhookEvents.IsOwn(name) => new()
            {
                ["object"] = "models/example_model",
                ["actor"] = "example_user",
                ["before"] = null,
                ["after"] = null,
            },
            "registered_model.created" => Example("An example registered model"),
            "prompt.created" => new()
            {
                ["name"] = "example_prompt",
                ["tags"] = new JsonObject { ["example_key"] = "example_value" },
                ["description"] = "An example prompt",
            },
            "model_version.created" => new()
            {
                ["name"] = "example_model",
                ["version"] = "1",
                ["source"] = "models:/123",
                ["run_id"] = "abcd1234abcd5678",
                ["tags"] = new JsonObject { ["example_key"] = "example_value" },
                ["description"] = "An example model version",
            },
            "prompt_version.created" => new()
            {
                ["name"] = "example_prompt",
                ["version"] = "1",
                ["template"] = "Hello {{name}}!",
                ["tags"] = new JsonObject { ["example_key"] = "example_value" },
                ["description"] = "An example prompt version",
            },
            _ => ExampleOf(name),
        };

    private static JsonObject Example(string description) =>
        new()
        {
            ["name"] = "example_model",
            ["tags"] = new JsonObject { ["example_key"] = "example_value" },
            ["description"] = description,
        };

    private static JsonObject ExampleOf(string name)
    {
        var (entity, action) = WebhookEvents.Split(name);
        var data = new JsonObject { ["name"] = entity.StartsWith("prompt", StringComparison.Ordinal) ? "example_prompt" : "example_model" };
        if (entity.EndsWith("_alias", StringComparison.Ordinal))
        {
            data["alias"] = "example_alias";
            if (action == "created")
            {
                data["version"] = "1";
            }
            return data;
        }
        if (entity.Contains("_version", StringComparison.Ordinal))
        {
            data["version"] = "1";
        }
        data["key"] = "example_key";
        if (action == "set")
        {
            data["value"] = "example_value";
        }
        return data;
    }
}
