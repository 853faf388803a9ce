using System.Collections.Frozen;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Webhooks;

/// <summary>
/// The names of events, <c>entity.action</c>. A change that MLflow has an event for has that name; every other one is <c>slipway_</c> and the audit log's name
/// of it, so that it can never mean two things.
/// </summary>
internal static class WebhookEvents
{
    private const string OwnPrefix = "slipway_";

    private static readonly FrozenDictionary<string, string[]> s_actions = new Dictionary<string, string[]>
    {
        ["registered_model"] = ["created"],
        ["model_version"] = ["created"],
        ["model_version_tag"] = ["deleted", "set"],
        ["model_version_alias"] = ["created", "deleted"],
        ["prompt"] = ["created"],
        ["prompt_version"] = ["created"],
        ["prompt_tag"] = ["deleted", "set"],
        ["prompt_version_tag"] = ["deleted", "set"],
        ["prompt_alias"] = ["created", "deleted"],
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, string> s_promptEntities = new Dictionary<string, string>
    {
        ["registered_model"] = "prompt",
        ["registered_model_tag"] = "prompt_tag",
        ["model_version"] = "prompt_version",
        ["model_version_tag"] = "prompt_version_tag",
        ["model_version_alias"] = "prompt_alias",
    }.ToFrozenDictionary();

    /// <summary>The name under which webhooks know a change.</summary>
    public static string NameOf(string action, bool isPrompt)
    {
        var (entity, verb) = Split(action);
        var known = isPrompt ? s_promptEntities.GetValueOrDefault(entity, entity) : entity;
        return s_actions.TryGetValue(known, out var verbs) && verbs.Contains(verb) ? $"{known}.{verb}" : OwnPrefix + action;
    }

    /// <summary>Reads an event of a request, such as <c>MODEL_VERSION</c> and <c>CREATED</c>.</summary>
    public static string Parse(string entity, string action)
    {
        var (known, verb) = (entity.ToLowerInvariant(), action.ToLowerInvariant());
        var isOwn = IsOwn(known);
        var verbs = isOwn ? OwnVerbsOf(known[OwnPrefix.Length..]) : s_actions.GetValueOrDefault(known);
        if (verbs is null)
        {
            var entities = isOwn
                ? AuditActions.Entities.Where(e => OwnVerbsOf(e) is not null).Select(e => OwnPrefix + e)
                : s_actions.Keys.Order(StringComparer.Ordinal);
            throw MlflowRefusal.Invalid(
                $"Invalid entity '{MlflowRules.Shorten(entity)}'. Valid entities are: [{Quoted(entities)}]{(isOwn ? "" : ", and slipway_ with an entity of the audit log")}."
            );
        }
        return verbs.Contains(verb)
            ? $"{known}.{verb}"
            : throw MlflowRefusal.Invalid(
                $"Invalid action '{MlflowRules.Shorten(verb)}' for entity '{known}'. Valid actions are: [{Quoted(verbs)}]"
            );
    }

    public static bool IsOwn(string name) => name.StartsWith(OwnPrefix, StringComparison.Ordinal);

    public static (string Entity, string Action) Split(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return (name[..dot], name[(dot + 1)..]);
    }

    // What MLflow has an event for is sent under its name alone: nobody would ever hear of it under another.
    private static string[]? OwnVerbsOf(string entity) =>
        AuditActions.VerbsOf(entity)?.Where(verb => IsOwn(NameOf($"{entity}.{verb}", isPrompt: false))).ToArray() is { Length: > 0 } verbs
            ? verbs
            : null;

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));
}
