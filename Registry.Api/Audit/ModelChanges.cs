using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Audit;

/// <summary>Changes of models, versions, their tags, aliases and stages. What MLflow's webhooks say about them stands in before and after under MLflow's names.</summary>
internal static class ModelChanges
{
    public static Change Created(RegisteredModelRow model) =>
        new("registered_model.created", Of(model.Name)) { Model = model.Name, After = State(model) };

    public static Change Updated(string name, string? before, string? after) =>
        new("registered_model.updated", Of(name))
        {
            Model = name,
            Before = new() { ["name"] = name, ["description"] = before },
            After = new() { ["name"] = name, ["description"] = after },
        };

    public static Change Renamed(string name, string newName) =>
        new("registered_model.renamed", Of(newName))
        {
            Model = newName,
            Before = new() { ["name"] = name },
            After = new() { ["name"] = newName },
        };

    public static Change Deleted(RegisteredModelRow model) => new("registered_model.deleted", Of(model.Name)) { Before = State(model) };

    public static Change TagSet(string name, MlflowKeyValue tag, string? before) =>
        new("registered_model_tag.set", Of(name))
        {
            Model = name,
            Before = before is null ? null : ModelTag(name, tag.Key, before),
            After = ModelTag(name, tag.Key, tag.Value),
        };

    public static Change TagDeleted(string name, string key, string before) =>
        new("registered_model_tag.deleted", Of(name)) { Model = name, Before = ModelTag(name, key, before) };

    public static Change VersionCreated(string name, ModelVersionRow version) =>
        new("model_version.created", Of(name, version.Version)) { Model = name, After = State(name, version) };

    public static Change VersionUpdated(string name, int version, string before, string after) =>
        new("model_version.updated", Of(name, version))
        {
            Model = name,
            Before = VersionField(name, version, "description", before),
            After = VersionField(name, version, "description", after),
        };

    public static Change VersionDeleted(string name, ModelVersionRow version) =>
        new("model_version.deleted", Of(name, version.Version)) { Model = name, Before = State(name, version) };

    public static Change StageChanged(string name, int version, string before, string after) =>
        new("model_version.stage_changed", Of(name, version))
        {
            Model = name,
            Before = VersionField(name, version, "stage", before),
            After = VersionField(name, version, "stage", after),
        };

    public static Change VersionTagSet(string name, int version, MlflowKeyValue tag, string? before) =>
        new("model_version_tag.set", Of(name, version))
        {
            Model = name,
            Before = before is null ? null : VersionTag(name, version, tag.Key, before),
            After = VersionTag(name, version, tag.Key, tag.Value),
        };

    public static Change VersionTagDeleted(string name, int version, string key, string before) =>
        new("model_version_tag.deleted", Of(name, version)) { Model = name, Before = VersionTag(name, version, key, before) };

    /// <summary>An alias that was created, moved or deleted (<paramref name="version"/> is null then).</summary>
    public static Change AliasMoved(string name, string alias, int? previous, int? version) =>
        new(version is null ? "model_version_alias.deleted" : "model_version_alias.created", $"{Of(name)}/aliases/{alias}")
        {
            Model = name,
            Before = previous is { } from ? Alias(name, alias, from) : null,
            After = version is { } to ? Alias(name, alias, to) : null,
        };

    public static string Of(string name) => $"models/{name}";

    public static string Of(string name, int version) => $"{Of(name)}/versions/{Number(version)}";

    private static JsonObject State(RegisteredModelRow model) =>
        new()
        {
            ["name"] = model.Name,
            ["tags"] = new JsonObject(model.Tags.Select(t => KeyValuePair.Create(t.Key, (JsonNode?)t.Value))),
            ["description"] = model.Description,
        };

    private static JsonObject State(string name, ModelVersionRow version) =>
        new()
        {
            ["name"] = name,
            ["version"] = Number(version.Version),
            ["source"] = version.Source,
            ["run_id"] = version.RunId,
            ["tags"] = new JsonObject(version.Tags.Select(t => KeyValuePair.Create(t.Key, (JsonNode?)t.Value))),
            ["description"] = version.Description,
            ["stage"] = version.Stage,
            ["digest"] = version.Digest,
        };

    private static JsonObject ModelTag(string name, string key, string value) =>
        new()
        {
            ["name"] = name,
            ["key"] = key,
            ["value"] = value,
        };

    private static JsonObject VersionTag(string name, int version, string key, string value) =>
        new()
        {
            ["name"] = name,
            ["version"] = Number(version),
            ["key"] = key,
            ["value"] = value,
        };

    private static JsonObject VersionField(string name, int version, string field, string value) =>
        new()
        {
            ["name"] = name,
            ["version"] = Number(version),
            [field] = value,
        };

    private static JsonObject Alias(string name, string alias, int version) =>
        new()
        {
            ["name"] = name,
            ["alias"] = alias,
            ["version"] = Number(version),
        };

    private static string Number(int version) => version.ToString(CultureInfo.InvariantCulture);
}
