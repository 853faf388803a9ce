using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Access;

/// <summary>The users of MLflow's basic-auth app, as its <c>AuthServiceClient</c> asks for them.</summary>
internal static class MlflowUsersApi
{
    public static void Map(RouteGroupBuilder mlflow)
    {
        var group = mlflow.MapGroup("/users");
        group.MapPost("/create", CreateAsync).Needs(Permission.Admin, On.Everything);
        // Users see themselves; the handlers look.
        group.MapGet("/get", GetAsync).Needs(Permission.SignedIn, On.Nothing);
        group.MapGet("/current", GetCurrentAsync).Needs(Permission.SignedIn, On.Nothing);
        group.MapPatch("/update-password", UpdatePasswordAsync).Needs(Permission.SignedIn, On.Nothing);
        group.MapPatch("/update-admin", UpdateAdminAsync).Needs(Permission.Admin, On.Everything);
        group.MapDelete("/delete", DeleteAsync).Needs(Permission.Admin, On.Everything);
    }

    internal static MlflowRefusal NotFound(string user) =>
        MlflowRefusal.NotFound($"User with username={MlflowRules.Shorten(user)} not found");

    internal static MlflowRefusal Denied() => new(StatusCodes.Status403Forbidden, MlflowErrorCodes.PermissionDenied, "Permission denied.");

    private static async Task<JsonHttpResult<UserAnswer>> CreateAsync(
        MlflowRequest request,
        AccessChanges access,
        IOptions<AccessOptions> options,
        CancellationToken ct
    )
    {
        var user = ReadUser(request);
        var password = ReadPassword(request, user);
        if (user == options.Value.AdminUser || await access.CreateUserAsync(user, password, ct) is not { } id)
        {
            throw MlflowRefusal.AlreadyExists($"User (username={user}) already exists.");
        }
        return Answer(new MlflowUser(id, user, false, [], []));
    }

    private static async Task<JsonHttpResult<UserAnswer>> GetAsync(
        MlflowRequest request,
        Caller caller,
        AccessChanges access,
        IOptions<AccessOptions> options,
        CancellationToken ct
    )
    {
        var user = request.RequiredText("username");
        if (!caller.IsAdmin && user != caller.Name)
        {
            throw Denied();
        }
        return Answer(await RequireAsync(user, access, options.Value, ct));
    }

    private static async Task<JsonHttpResult<CurrentUserAnswer>> GetCurrentAsync(
        Caller caller,
        AccessChanges access,
        CancellationToken ct
    ) =>
        MlflowAccessJson.Of(
            new CurrentUserAnswer(new CurrentUser(await access.FindUserAsync(caller.Name, ct) ?? 0, caller.Name, caller.IsAdmin)),
            MlflowAccessJson.Default.CurrentUserAnswer
        );

    private static async Task<JsonHttpResult<MlflowEmpty>> UpdatePasswordAsync(
        MlflowRequest request,
        Caller caller,
        AccessChanges access,
        PasswordVerifier passwords,
        IOptions<AccessOptions> options,
        HttpContext http,
        CancellationToken ct
    )
    {
        var user = ReadUser(request);
        if (user != caller.Name && !caller.IsAdmin)
        {
            throw Denied();
        }
        CheckNotConfigured(user, options.Value);
        if (user == caller.Name && !caller.IsUnchecked)
        {
            await CheckCurrentAsync(request, caller, passwords, http, ct);
        }
        if (!await access.SetPasswordAsync(user, ReadPassword(request, user), ct))
        {
            throw NotFound(user);
        }
        return MlflowAnswer.Empty;
    }

    // Whoever has found a token, or a browser left open, must not be able to keep its owner out.
    private static async Task CheckCurrentAsync(
        MlflowRequest request,
        Caller caller,
        PasswordVerifier passwords,
        HttpContext http,
        CancellationToken ct
    )
    {
        if (request.Text("current_password") is not { Length: > 0 } current)
        {
            if (!caller.HasShownPassword)
            {
                throw MlflowRefusal.Invalid("Current password is required to change one's own password.");
            }
            return;
        }
        var outcome = await passwords.VerifyAsync(new BasicCredentials(caller.Name, current), http.Connection.RemoteIpAddress, ct);
        if (outcome is not PasswordOutcome.Right)
        {
            throw MlflowRefusal.Invalid("Current password does not match.");
        }
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> UpdateAdminAsync(
        MlflowRequest request,
        AccessChanges access,
        IOptions<AccessOptions> options,
        CancellationToken ct
    )
    {
        var user = ReadUser(request);
        var isAdmin = request.Bool("is_admin") ?? throw MlflowRefusal.Missing("is_admin");
        CheckNotConfigured(user, options.Value);
        if (await access.FindUserAsync(user, ct) is null)
        {
            throw NotFound(user);
        }
        if (isAdmin)
        {
            await access.GrantRoleAsync(user, Roles.Admin, NamePattern.Any, ct);
            return MlflowAnswer.Empty;
        }
        foreach (var binding in await access.BindingsAsync(user, ct))
        {
            if (binding is { Role: Roles.Admin, Pattern: NamePattern.Any })
            {
                await access.RevokeRoleAsync(binding.Id, ct);
            }
        }
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteAsync(
        MlflowRequest request,
        AccessChanges access,
        IOptions<AccessOptions> options,
        CancellationToken ct
    )
    {
        var user = ReadUser(request);
        CheckNotConfigured(user, options.Value);
        return await access.DeleteUserAsync(user, ct) ? MlflowAnswer.Empty : throw NotFound(user);
    }

    private static async Task<MlflowUser> RequireAsync(string user, AccessChanges access, AccessOptions options, CancellationToken ct)
    {
        var isConfigured = user == options.AdminUser && !string.IsNullOrEmpty(options.AdminPassword);
        if (await access.FindUserAsync(user, ct) is not { } id)
        {
            return isConfigured ? new MlflowUser(0, user, true, [], []) : throw NotFound(user);
        }
        var levels = await access.LevelsAsync(user, ct);
        return new MlflowUser(
            id,
            user,
            isConfigured || (await access.BindingsAsync(user, ct)).Exists(b => b is { Role: Roles.Admin, Pattern: NamePattern.Any }),
            [.. levels.Where(l => l.Kind == "experiment").Select(l => new ExperimentPermission(l.Key, id, ObjectLevels.Name(l.Level)))],
            [.. levels.Where(l => l.Kind == "model").Select(l => new ModelPermission(l.Key, id, ObjectLevels.Name(l.Level)))]
        );
    }

    private static void CheckNotConfigured(string user, AccessOptions options)
    {
        if (user == options.AdminUser && !string.IsNullOrEmpty(options.AdminPassword))
        {
            throw MlflowRefusal.Invalid(
                $"The user '{user}' stands in the server's configuration (Registry:Access:AdminPassword) and is changed there."
            );
        }
    }

    private static string ReadUser(MlflowRequest request)
    {
        var user = request.Text("username") ?? "";
        return AccessNames.IsUser(user)
            ? user
            : throw MlflowRefusal.Invalid("Username must have 1 to 100 letters, digits and the characters . _ @ -.");
    }

    private static string ReadPassword(MlflowRequest request, string user)
    {
        var password = request.Text("password") ?? "";
        return Passwords.Fault(user, password) is { } fault ? throw MlflowRefusal.Invalid($"Invalid password: {fault}") : password;
    }

    private static JsonHttpResult<UserAnswer> Answer(MlflowUser user) =>
        MlflowAccessJson.Of(new UserAnswer(user), MlflowAccessJson.Default.UserAnswer);
}
