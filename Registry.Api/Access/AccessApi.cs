using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Access;
using Slipway.Registry.Api.Http;

namespace Slipway.Registry.Api.Access;

/// <summary><c>/api/v1/access</c>: who one is, users, role bindings and API tokens.</summary>
internal static class AccessApi
{
    private const int MaxTokenDays = 366;
    private const int MaxTokenName = 200;

    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/access");
        group.MapGet("/me", GetMe).Needs(Permission.SignedIn, On.Nothing);
        group.MapGet("/users", ListUsersAsync).Needs(Permission.Admin, On.Everything);
        group.MapPost("/users", CreateUserAsync).Needs(Permission.Admin, On.Everything);
        group.MapDelete("/users/{name}", DeleteUserAsync).Needs(Permission.Admin, On.Everything);
        group.MapGet("/bindings", ListBindingsAsync).Needs(Permission.Admin, On.Everything);
        group.MapPost("/bindings", BindAsync).Needs(Permission.Admin, On.Everything);
        group.MapDelete("/bindings/{id:long}", UnbindAsync).Needs(Permission.Admin, On.Everything);
        // Everybody sees and makes their own tokens, admins those of all.
        group.MapGet("/tokens", ListTokensAsync).Needs(Permission.SignedIn, On.Nothing);
        group.MapPost("/tokens", CreateTokenAsync).Needs(Permission.SignedIn, On.Nothing);
        group.MapDelete("/tokens/{id}", RevokeTokenAsync).Needs(Permission.SignedIn, On.Nothing);
    }

    private static JsonHttpResult<CallerInfo> GetMe(Caller caller, AccessState state) =>
        TypedResults.Json(
            new CallerInfo(caller.Name, state.IsOn, [.. caller.Grants.Select(grant => new CallerRole(grant.Role, grant.Pattern))]),
            AccessJson.Default.CallerInfo
        );

    private static async Task<JsonHttpResult<IReadOnlyList<AccessUser>>> ListUsersAsync(AccessChanges access, CancellationToken ct) =>
        TypedResults.Json(await access.UsersAsync(ct), AccessJson.Default.IReadOnlyListAccessUser);

    private static async Task<Results<JsonHttpResult<AccessUser>, ProblemHttpResult>> CreateUserAsync(
        NewUser request,
        AccessChanges access,
        IOptions<AccessOptions> options,
        TimeProvider time,
        CancellationToken ct
    )
    {
        if (!AccessNames.IsUser(request.Name))
        {
            return ApiProblem.Invalid("invalid_name", "A user's name has 1 to 100 letters, digits and the characters . _ @ -.");
        }
        if (Passwords.Fault(request.Name, request.Password ?? "") is { } fault)
        {
            return ApiProblem.Invalid("weak_password", fault);
        }
        if (request.Name == options.Value.AdminUser || await access.CreateUserAsync(request.Name, request.Password!, ct) is null)
        {
            return ApiProblem.Conflict("user_exists", $"There is a user '{request.Name}' already.");
        }
        return TypedResults.Json(
            new AccessUser(request.Name, time.GetUtcNow()),
            AccessJson.Default.AccessUser,
            statusCode: StatusCodes.Status201Created
        );
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteUserAsync(
        string name,
        AccessChanges access,
        CancellationToken ct
    ) => await access.DeleteUserAsync(name, ct) ? TypedResults.NoContent() : ApiProblem.NotFound("unknown_user", "There is no such user.");

    private static async Task<JsonHttpResult<IReadOnlyList<RoleBinding>>> ListBindingsAsync(
        string? principal,
        AccessChanges access,
        CancellationToken ct
    ) => TypedResults.Json(await access.BindingsAsync(principal, ct), AccessJson.Default.IReadOnlyListRoleBinding);

    private static async Task<Results<JsonHttpResult<RoleBinding>, ProblemHttpResult>> BindAsync(
        RoleBinding request,
        AccessChanges access,
        CancellationToken ct
    )
    {
        if (!AccessNames.IsPrincipal(request.Principal))
        {
            return ApiProblem.Invalid("invalid_principal", "principal is a user's name, oidc:{name} or service:{name}.");
        }
        if (!Roles.All.Contains(request.Role))
        {
            return ApiProblem.Invalid("unknown_role", $"role must be one of {string.Join(", ", Roles.All)}.");
        }
        if (!NamePattern.IsValid(request.Pattern))
        {
            return ApiProblem.Invalid(
                "invalid_pattern",
                $"pattern has 1 to {NamePattern.MaxLength} characters; * stands for any text, ? for one character."
            );
        }
        return await access.GrantRoleAsync(request.Principal, request.Role, request.Pattern, ct) is { } binding
            ? TypedResults.Json(binding, AccessJson.Default.RoleBinding)
            : ApiProblem.Conflict("too_many_bindings", "There are too many bindings: use patterns, or delete some.");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> UnbindAsync(long id, AccessChanges access, CancellationToken ct) =>
        await access.RevokeRoleAsync(id, ct)
            ? TypedResults.NoContent()
            : ApiProblem.NotFound("unknown_binding", $"There is no binding {id}.");

    private static async Task<JsonHttpResult<IReadOnlyList<ApiToken>>> ListTokensAsync(
        Caller caller,
        AccessChanges access,
        CancellationToken ct
    ) => TypedResults.Json(await access.TokensAsync(caller.IsAdmin ? null : caller.Name, ct), AccessJson.Default.IReadOnlyListApiToken);

    private static async Task<Results<JsonHttpResult<CreatedToken>, ProblemHttpResult>> CreateTokenAsync(
        NewToken request,
        Caller caller,
        AccessChanges access,
        HttpContext http,
        CancellationToken ct
    )
    {
        var principal = request.Principal ?? caller.Name;
        if (principal != caller.Name && !caller.IsAdmin)
        {
            return ApiProblem.Forbidden("forbidden", "Permission denied. Only admins make tokens for others.");
        }
        // A token that is confined would otherwise make itself one that is not, and outlive its own end.
        if (caller.Scope is not null)
        {
            return ApiProblem.Forbidden(
                "forbidden",
                "Permission denied. A token cannot make tokens: sign in with a password or at the identity provider."
            );
        }
        if (Check(request, principal) is { } problem)
        {
            return problem;
        }
        http.Response.Headers.CacheControl = "no-store";
        return await access.CreateTokenAsync(principal, request, ct) is { } created
            ? TypedResults.Json(created, AccessJson.Default.CreatedToken, statusCode: StatusCodes.Status201Created)
            : ApiProblem.Conflict("too_many_tokens", $"'{principal}' has {AccessChanges.MaxTokensOfOne} tokens: revoke some first.");
    }

    private static ProblemHttpResult? Check(NewToken request, string principal) =>
        !AccessNames.IsPrincipal(principal) || principal.StartsWith(AccessNames.OidcPrefix, StringComparison.Ordinal)
            // What the identity provider says of a person's roles is known only while that person signs in there.
            ? ApiProblem.Invalid("invalid_principal", "principal is a user's name or service:{name}.")
        : request.Name is not { Length: > 0 and <= MaxTokenName } || request.Name.Any(char.IsControl)
            ? ApiProblem.Invalid("invalid_name", $"name says what the token is for, in 1 to {MaxTokenName} characters.")
        : request.Roles is null || request.Roles.Any(role => !Roles.All.Contains(role))
            ? ApiProblem.Invalid("unknown_role", $"roles are some of {string.Join(", ", Roles.All)}.")
        : !NamePattern.IsValid(request.Pattern)
            ? ApiProblem.Invalid(
                "invalid_pattern",
                $"pattern has 1 to {NamePattern.MaxLength} characters; * stands for any text, ? for one character."
            )
        : request.ExpiresInDays is < 1 or > MaxTokenDays
            ? ApiProblem.Invalid("invalid_expiry", $"expiresInDays is a whole number from 1 to {MaxTokenDays}.")
        : null;

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeTokenAsync(
        string id,
        Caller caller,
        AccessChanges access,
        CancellationToken ct
    )
    {
        // To others than its owner, a token does not exist.
        var token = await access.FindTokenAsync(id, ct);
        if (token is null || (token.Principal != caller.Name && !caller.IsAdmin))
        {
            return ApiProblem.NotFound("unknown_token", "There is no such token.");
        }
        await access.RevokeTokenAsync(id, ct);
        return TypedResults.NoContent();
    }
}
