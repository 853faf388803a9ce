using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Artifacts;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Access;

/// <summary>Decides whether a caller has a permission on one object. Whatever does not exist, or cannot be told, is refused to callers without rights on all.</summary>
internal sealed class AccessChecker(NpgsqlDataSource source, AccessStore store, IOptions<AccessOptions> options)
{
    private const string Experiment = "experiment";
    private const string Model = "model";
    private const int MaxModelsOfBlob = 1000;

    public async Task<bool> AllowsAsync(Caller caller, Permission permission, AccessKind kind, string key, CancellationToken ct)
    {
        if (caller.IsAdmin || permission == Permission.SignedIn)
        {
            return true;
        }
        // Nobody is kept from anything that all objects together allow, unless permissions on single ones say so.
        if (!caller.HasObjectLevels && caller.HasEverywhere(permission))
        {
            return true;
        }
        return kind switch
        {
            AccessKind.None => true,
            AccessKind.Model => await OfModelAsync(caller, permission, key, ct),
            AccessKind.NewModel => await OfNewAsync(caller, permission, "registered_models", key, ct)
                ?? await OfModelAsync(caller, permission, key, ct),
            AccessKind.NewExperiment => await OfNewAsync(caller, permission, "experiments", key, ct)
                ?? await OfExperimentsAsync(caller, permission, "name = $1", key, ct)
                ?? caller.HasByRole(permission, key),
            AccessKind.ExperimentName => await OfExperimentsAsync(caller, permission, "name = $1", key, ct)
                ?? (caller.HasByRole(permission, key) || options.Value.AnyoneMayCreate),
            AccessKind.Experiment => await OfExperimentsAsync(caller, permission, "experiment_id = $1", ParseId(key), ct)
                ?? throw MlflowRefusal.NotFound($"No Experiment with id={key} exists"),
            AccessKind.Run => await OfRunAsync(caller, permission, key, ct) ?? throw MlflowRefusal.NotFound($"Run with id={key} not found"),
            AccessKind.LoggedModel => await OfExperimentsAsync(
                caller,
                permission,
                "experiment_id = (SELECT l.experiment_id FROM logged_models l WHERE l.model_id = $1)",
                key,
                ct
            ) ?? throw MlflowRefusal.NotFound($"Logged model with ID '{MlflowRules.Shorten(key)}' not found."),
            AccessKind.ArtifactPath => await OfPathAsync(caller, permission, key, ct),
            AccessKind.Source => await OfSourceAsync(caller, permission, key, ct),
            AccessKind.Blob => await OfAnyModelAsync(
                caller,
                permission,
                $"SELECT DISTINCT m.name FROM model_version_files f JOIN registered_models m ON m.id = f.model_id WHERE f.sha256 = $1 LIMIT {MaxModelsOfBlob}",
                key,
                ct
            ),
            AccessKind.Endpoint => await OfAllModelsAsync(
                caller,
                permission,
                "SELECT m.name FROM endpoint_routes r JOIN registered_models m ON m.id = r.model_id WHERE r.endpoint_name = $1",
                key,
                ct
            ),
            AccessKind.Promotion => Guid.TryParse(key, out var id)
                && await OfAllModelsAsync(
                    caller,
                    permission,
                    "SELECT m.name FROM promotions p JOIN registered_models m ON m.id = p.model_id WHERE p.id = $1",
                    id,
                    ct
                ),
            AccessKind.Copy => Guid.TryParse(key, out var copy)
                && await OfAllModelsAsync(caller, permission, "SELECT c.target_model FROM copies c WHERE c.id = $1", copy, ct),
            _ => caller.HasEverywhere(permission),
        };
    }

    private Task<bool> OfModelAsync(Caller caller, Permission permission, string name, CancellationToken ct) =>
        OfObjectAsync(caller, permission, Model, name, name, ct);

    private async Task<bool> OfObjectAsync(Caller caller, Permission permission, string kind, string key, string name, CancellationToken ct)
    {
        var byRole = caller.HasByRole(permission, name);
        if (!caller.HasObjectLevels || await store.LevelAsync(caller.Name, kind, key, ct) is not { } level)
        {
            return byRole;
        }
        return level != ObjectLevel.NoPermissions
            && (byRole || (level.Grants(permission) && (caller.Scope is null || caller.Scope.Allows(permission, name))));
    }

    /// <summary>True for a free name, where everybody may create; null where it is not for this to say.</summary>
    private async Task<bool?> OfNewAsync(Caller caller, Permission permission, string table, string name, CancellationToken ct) =>
        options.Value.AnyoneMayCreate
        && permission == Permission.Write
        && (caller.Scope is null || caller.Scope.Allows(permission, name))
        && (await source.QueryAsync($"SELECT 1 FROM {table} WHERE name = $1", r => r.GetInt32(0), ct, name)).Count == 0
            ? true
            : null;

    /// <summary>Whether all experiments of a condition allow it; null where there is none.</summary>
    private async Task<bool?> OfExperimentsAsync(Caller caller, Permission permission, string where, object key, CancellationToken ct)
    {
        var found = await source.QueryAsync(
            $"SELECT experiment_id, name FROM experiments WHERE {where}",
            r => (Id: r.GetInt64(0), Name: r.GetString(1)),
            ct,
            key
        );
        foreach (var (id, name) in found)
        {
            if (!await OfObjectAsync(caller, permission, Experiment, id.ToString(CultureInfo.InvariantCulture), name, ct))
            {
                return false;
            }
        }
        return found.Count == 0 ? null : true;
    }

    private Task<bool?> OfRunAsync(Caller caller, Permission permission, string id, CancellationToken ct) =>
        OfExperimentsAsync(
            caller,
            permission,
            "experiment_id = (SELECT r.experiment_id FROM runs r WHERE r.run_id = $1)",
            MlflowRules.CheckRunId(id),
            ct
        );

    /// <summary>A path belongs to every experiment at whose location it lies. What lies nowhere is for those who have the right on all.</summary>
    private async Task<bool> OfPathAsync(Caller caller, Permission permission, string text, CancellationToken ct)
    {
        if (ArtifactPathReader.ParseFolder(text)?.Value is not { } path)
        {
            return !caller.HasObjectLevels && caller.HasEverywhere(permission);
        }
        var ends = path.Select((c, i) => (c, i)).Where(x => x.c == '/').Select(x => x.i).Append(path.Length);
        var locations = ends.Select(end => ArtifactUri.Of(path[..end])).ToArray();
        return await OfExperimentsAsync(caller, permission, "artifact_location = ANY($1)", locations, ct) ?? false;
    }

    private async Task<bool> OfSourceAsync(Caller caller, Permission permission, string text, CancellationToken ct)
    {
        const string Runs = "runs:/";
        const string Models = "models:/";
        if (text.StartsWith(Runs, StringComparison.Ordinal))
        {
            // Of a run that is not here, the address is kept as text.
            return await OfRunAsync(caller, permission, text[Runs.Length..].Split('/')[0], ct) ?? true;
        }
        if (text.StartsWith(Models, StringComparison.Ordinal))
        {
            var rest = text[Models.Length..];
            var end = rest.LastIndexOf('/') is > 0 and var slash ? slash : rest.LastIndexOf('@');
            return end > 0
                ? await AllowsAsync(caller, permission, AccessKind.Model, rest[..end], ct)
                : await AllowsAsync(caller, permission, AccessKind.LoggedModel, rest, ct);
        }
        // Other addresses are text to this server.
        return !ArtifactUri.TryGetPath(text, out var path) || await OfPathAsync(caller, permission, path, ct);
    }

    private async Task<bool> OfAnyModelAsync(Caller caller, Permission permission, string sql, object key, CancellationToken ct)
    {
        foreach (var name in await source.QueryAsync(sql, r => r.GetString(0), ct, key))
        {
            if (await OfModelAsync(caller, permission, name, ct))
            {
                return true;
            }
        }
        return false;
    }

    // None at all is allowed: the handler answers 404, or creates it.
    private async Task<bool> OfAllModelsAsync(Caller caller, Permission permission, string sql, object key, CancellationToken ct)
    {
        foreach (var name in await source.QueryAsync(sql, r => r.GetString(0), ct, key))
        {
            if (!await OfModelAsync(caller, permission, name, ct))
            {
                return false;
            }
        }
        return true;
    }

    private static long ParseId(string key) =>
        long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw MlflowRefusal.Invalid($"Invalid experiment ID '{MlflowRules.Shorten(key)}': it must be a decimal number.");
}
