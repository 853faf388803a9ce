using System.Collections.Frozen;

namespace Slipway.Registry.Api.Audit;

/// <summary>Every action that the audit log knows, by entity: what a webhook can ask for. A new kind of <see cref="Change"/> is entered here.</summary>
internal static class AuditActions
{
    private static readonly FrozenDictionary<string, string[]> s_verbs = new Dictionary<string, string[]>
    {
        ["endpoint"] = ["created", "deleted", "updated"],
        ["experiment"] = ["created", "deleted", "renamed", "restored"],
        ["experiment_tag"] = ["deleted", "set"],
        ["model_consumer"] = ["deleted", "set"],
        ["model_policy"] = ["deleted", "set"],
        ["model_version"] = ["created", "deleted", "stage_changed", "updated"],
        ["model_version_alias"] = ["created", "deleted"],
        ["model_version_tag"] = ["deleted", "set"],
        ["permission"] = ["deleted", "set"],
        ["promotion"] = ["approved", "commented", "decided", "evaluated", "requested"],
        ["registered_model"] = ["created", "deleted", "renamed", "updated"],
        ["registered_model_tag"] = ["deleted", "set"],
        ["role"] = ["granted", "revoked"],
        ["run"] = ["deleted", "restored"],
        ["token"] = ["created", "revoked"],
        ["user"] = ["created", "deleted", "password_changed"],
        ["webhook"] = ["created", "deleted", "updated"],
    }.ToFrozenDictionary();

    public static IEnumerable<string> Entities => s_verbs.Keys.Order(StringComparer.Ordinal);

    /// <summary>What can happen to an entity; null where there is none of that name.</summary>
    public static IReadOnlyList<string>? VerbsOf(string entity) => s_verbs.GetValueOrDefault(entity);
}
