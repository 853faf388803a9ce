namespace Slipway.Contracts.Access;

/// <summary>Gives a principal a role on every model and experiment whose name matches a pattern.</summary>
/// <param name="Id">The number that names the binding; 0 where it is asked for.</param>
/// <param name="Principal">A user's name, <c>oidc:{name}</c> or <c>service:{name}</c>.</param>
/// <param name="Role"><c>reader</c>, <c>trainer</c>, <c>approver</c>, <c>operator</c> or <c>admin</c>.</param>
/// <param name="Pattern">A name in which <c>*</c> stands for any text and <c>?</c> for one character.</param>
public sealed record RoleBinding(long Id, string Principal, string Role, string Pattern);
