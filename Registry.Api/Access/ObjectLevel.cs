namespace Slipway.Registry.Api.Access;

/// <summary>MLflow's permissions of one user on one experiment or registered model, from least to most. They add to what roles grant, save the least.</summary>
internal enum ObjectLevel : short
{
    /// <summary>Nothing at all, whatever the roles say; admins of everything excepted.</summary>
    NoPermissions,
    Read,

    /// <summary>As <see cref="Read"/>: what it adds in MLflow (gateway endpoints) is not here.</summary>
    Use,
    Edit,

    /// <summary>Editing, deleting and granting. Whoever creates an object has it.</summary>
    Manage,
}

/// <summary>The names of the levels on the wire, and what they grant.</summary>
internal static class ObjectLevels
{
    private static readonly (ObjectLevel Level, string Name)[] s_names =
    [
        (ObjectLevel.Read, "READ"),
        (ObjectLevel.Use, "USE"),
        (ObjectLevel.Edit, "EDIT"),
        (ObjectLevel.Manage, "MANAGE"),
        (ObjectLevel.NoPermissions, "NO_PERMISSIONS"),
    ];

    public static IEnumerable<string> Names => s_names.Select(n => n.Name);

    public static string Name(ObjectLevel level) => Array.Find(s_names, n => n.Level == level).Name;

    public static ObjectLevel? Parse(string name) =>
        Array.FindIndex(s_names, n => n.Name == name) is >= 0 and var index ? s_names[index].Level : null;

    public static bool Grants(this ObjectLevel level, Permission permission) =>
        permission switch
        {
            Permission.SignedIn => true,
            Permission.Read => level >= ObjectLevel.Read,
            Permission.Write => level >= ObjectLevel.Edit,
            Permission.Manage => level >= ObjectLevel.Manage,
            _ => false,
        };
}
