namespace Slipway.Registry.Api.Access;

/// <summary>What a route asks of its caller. Roles grant them (<see cref="Roles"/>); each is asked for one object.</summary>
internal enum Permission
{
    /// <summary>Any caller who has shown who they are; the handler looks no further, or returns only what the caller may read.</summary>
    SignedIn,

    /// <summary>See the object, download its files.</summary>
    Read,

    /// <summary>Create it, log to it, upload, tag, register versions, ask for promotions.</summary>
    Write,

    /// <summary>Delete or restore it, and grant others rights on it.</summary>
    Manage,

    /// <summary>Decide on a promotion that waits for approval.</summary>
    Approve,

    /// <summary>Change what serves: endpoints, rollouts, aliases and stages that serve.</summary>
    Operate,

    /// <summary>Set the rules for the object (its promotion policies); on everything: users, bindings, tokens of others, webhooks, audit. Only roles grant it.</summary>
    Admin,
}
