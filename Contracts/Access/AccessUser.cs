namespace Slipway.Contracts.Access;

/// <summary>A person who signs in with a password.</summary>
public sealed record AccessUser(string Name, DateTimeOffset CreatedAt);

/// <summary>Creates a user: a name of letters, digits and <c>._@-</c>, and a password of at least 12 characters.</summary>
public sealed record NewUser(string Name, string Password);
