using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Access;

/// <summary>
/// The permissions of MLflow's basic-auth app on single experiments and registered models. Whoever manages an object grants on it; on what does not exist,
/// admins do.
/// </summary>
internal static class MlflowPermissionsApi
{
    private const string Experiment = "experiment";
    private const string Model = "model";

    public static void Map(RouteGroupBuilder mlflow)
    {
        Map(mlflow.MapGroup("/experiments/permissions"), new PermissionArea(Experiment, AccessKind.Experiment, "experiment_id"));
        Map(mlflow.MapGroup("/registered-models/permissions"), new PermissionArea(Model, AccessKind.Model, "name"));
    }

    // The handlers check: MLflow's client is told 403, not 404, about objects that do not exist.
    private static void Map(RouteGroupBuilder group, PermissionArea area)
    {
        group.Needs(Permission.SignedIn, On.Nothing);
        group.MapPost(
            "/create",
            (MlflowRequest request, Caller caller, AccessChanges access, AccessChecker checker, CancellationToken ct) =>
                CreateAsync(area, request, caller, access, checker, ct)
        );
        group.MapGet(
            "/get",
            (MlflowRequest request, Caller caller, AccessChanges access, AccessStore store, AccessChecker checker, CancellationToken ct) =>
                GetAsync(area, request, caller, access, store, checker, ct)
        );
        group.MapPatch(
            "/update",
            (MlflowRequest request, Caller caller, AccessChanges access, AccessChecker checker, CancellationToken ct) =>
                UpdateAsync(area, request, caller, access, checker, ct)
        );
        group.MapDelete(
            "/delete",
            (MlflowRequest request, Caller caller, AccessChanges access, AccessChecker checker, CancellationToken ct) =>
                DeleteAsync(area, request, caller, access, checker, ct)
        );
    }

    private static async Task<IResult> CreateAsync(
        PermissionArea area,
        MlflowRequest request,
        Caller caller,
        AccessChanges access,
        AccessChecker checker,
        CancellationToken ct
    )
    {
        var (key, user, id) = await ReadAsync(area, request, caller, access, checker, ct);
        var level = ReadLevel(request);
        return await access.SetLevelAsync(user, area.Kind, key, level, isNew: true, ct)
            ? area.Answer(key, id, level)
            : throw MlflowRefusal.AlreadyExists($"{area.Title} permission with {area.Member}={key} and username={user} already exists");
    }

    private static async Task<IResult> GetAsync(
        PermissionArea area,
        MlflowRequest request,
        Caller caller,
        AccessChanges access,
        AccessStore store,
        AccessChecker checker,
        CancellationToken ct
    )
    {
        var (key, user, id) = await ReadAsync(area, request, caller, access, checker, ct);
        return await store.LevelAsync(user, area.Kind, key, ct) is { } level ? area.Answer(key, id, level) : throw area.NotFound(key, user);
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> UpdateAsync(
        PermissionArea area,
        MlflowRequest request,
        Caller caller,
        AccessChanges access,
        AccessChecker checker,
        CancellationToken ct
    )
    {
        var (key, user, _) = await ReadAsync(area, request, caller, access, checker, ct);
        return await access.SetLevelAsync(user, area.Kind, key, ReadLevel(request), isNew: false, ct)
            ? MlflowAnswer.Empty
            : throw area.NotFound(key, user);
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteAsync(
        PermissionArea area,
        MlflowRequest request,
        Caller caller,
        AccessChanges access,
        AccessChecker checker,
        CancellationToken ct
    )
    {
        var (key, user, _) = await ReadAsync(area, request, caller, access, checker, ct);
        return await access.DeleteLevelAsync(user, area.Kind, key, ct) ? MlflowAnswer.Empty : throw area.NotFound(key, user);
    }

    private static async Task<(string Key, string User, long Id)> ReadAsync(
        PermissionArea area,
        MlflowRequest request,
        Caller caller,
        AccessChanges access,
        AccessChecker checker,
        CancellationToken ct
    )
    {
        var key = MlflowRules.CheckLength(request.RequiredText(area.Member), MlflowRules.MaxNameLength, area.Member);
        if (!caller.IsAdmin && !await MayManageAsync(area, key, caller, checker, ct))
        {
            throw MlflowUsersApi.Denied();
        }
        var user = request.RequiredText("username");
        return (key, user, await access.FindUserAsync(user, ct) ?? throw MlflowUsersApi.NotFound(user));
    }

    private static async Task<bool> MayManageAsync(
        PermissionArea area,
        string key,
        Caller caller,
        AccessChecker checker,
        CancellationToken ct
    )
    {
        try
        {
            return await checker.AllowsAsync(caller, Permission.Manage, area.Target, key, ct);
        }
        catch (MlflowRefusal)
        {
            return false;
        }
    }

    private static ObjectLevel ReadLevel(MlflowRequest request)
    {
        var name = request.RequiredText("permission");
        return ObjectLevels.Parse(name)
            ?? throw MlflowRefusal.Invalid(
                $"Invalid permission '{MlflowRules.Shorten(name)}'. Valid permissions are: {string.Join(", ", ObjectLevels.Names)}"
            );
    }

    private sealed record PermissionArea(string Kind, AccessKind Target, string Member)
    {
        public string Title => Kind == Experiment ? "Experiment" : "Registered model";

        public MlflowRefusal NotFound(string key, string user) =>
            MlflowRefusal.NotFound($"{Title} permission with {Member}={key} and username={user} not found");

        public IResult Answer(string key, long user, ObjectLevel level) =>
            Kind == Experiment
                ? MlflowAccessJson.Of(
                    new ExperimentPermissionAnswer(new ExperimentPermission(key, user, ObjectLevels.Name(level))),
                    MlflowAccessJson.Default.ExperimentPermissionAnswer
                )
                : MlflowAccessJson.Of(
                    new ModelPermissionAnswer(new ModelPermission(key, user, ObjectLevels.Name(level))),
                    MlflowAccessJson.Default.ModelPermissionAnswer
                );
    }
}
