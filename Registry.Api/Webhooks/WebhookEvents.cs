using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Webhooks;

/// <summary>
/// The names of events, <c>entity.action</c>. A change that MLflow has an event for has that name; every other one is <c>slipway_</c> and the audit log's name
/// of it, so that it can never mean two things.
/// </summary>
internal static partial class WebhookEvents
{
    private const string OwnPrefix = "slipway_";
    private const int MaxOwnLength = 100;

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
        if (s_actions.TryGetValue(known, out var verbs))
        {
            return verbs.Contains(verb)
                ? $"{known}.{verb}"
                : throw MlflowRefusal.Invalid(
                    $"Invalid action '{MlflowRules.Shorten(verb)}' for entity '{known}'. Valid actions are: [{string.Join(", ", verbs.Select(v => $"'{v}'"))}]"
                );
        }
        var own = $"{known}.{verb}";
        return own.Length <= MaxOwnLength && OwnName().IsMatch(own)
            ? own
            : throw MlflowRefusal.Invalid(
                $"Invalid entity '{MlflowRules.Shorten(entity)}'. Valid entities are: [{string.Join(", ", s_actions.Keys.Order(StringComparer.Ordinal).Select(e => $"'{e}'"))}], and slipway_ with an entity of the audit log."
            );
    }

    public static bool IsOwn(string name) => name.StartsWith(OwnPrefix, StringComparison.Ordinal);

    public static (string Entity, string Action) Split(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return (name[..dot], name[(dot + 1)..]);
    }

    [GeneratedRegex("^slipway_[a-z][a-z_]*\\.[a-z][a-z_]*$")]
    private static partial Regex OwnName();
}
