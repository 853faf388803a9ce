namespace Slipway.Registry.Api.Access;

/// <summary>The roles and what each grants on the names that its binding's pattern matches. Every role can read.</summary>
internal static class Roles
{
    public const string Reader = "reader";
    public const string Trainer = "trainer";
    public const string Approver = "approver";
    public const string Operator = "operator";
    public const string Admin = "admin";

    public static IReadOnlyList<string> All { get; } = [Reader, Trainer, Approver, Operator, Admin];

    public static bool Grants(string role, Permission permission) =>
        permission switch
        {
            Permission.SignedIn => true,
            Permission.Read => All.Contains(role),
            Permission.Write => role is Trainer or Admin,
            Permission.Approve => role is Approver or Admin,
            Permission.Operate => role is Operator or Admin,
            _ => role is Admin,
        };
}
