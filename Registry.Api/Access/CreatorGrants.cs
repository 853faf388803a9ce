using System.Globalization;
using Npgsql;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Access;

/// <summary>Gives whoever creates an experiment or a model MLflow's MANAGE on it, in the transaction that creates it. Admins have it anyway.</summary>
internal sealed class CreatorGrants(IHttpContextAccessor requests, PrincipalCache cache)
{
    public Task OfExperimentAsync(NpgsqlConnection connection, long id, CancellationToken ct) =>
        AddAsync(connection, "experiment", id.ToString(CultureInfo.InvariantCulture), ct);

    public Task OfModelAsync(NpgsqlConnection connection, string name, CancellationToken ct) => AddAsync(connection, "model", name, ct);

    private async Task AddAsync(NpgsqlConnection connection, string kind, string key, CancellationToken ct)
    {
        if (requests.HttpContext is not { } http || Caller.Of(http) is not { IsAdmin: false } caller)
        {
            return;
        }
        await connection.ExecuteAsync(
            """
            INSERT INTO access_objects (principal, kind, object, level) VALUES ($1, $2, $3, $4)
            ON CONFLICT (principal, kind, object) DO UPDATE SET level = excluded.level
            """,
            ct,
            caller.Name,
            kind,
            key,
            (short)ObjectLevel.Manage
        );
        // The answer starts after the commit: the caller's next request finds the permission.
        http.Response.OnStarting(() => cache.RefreshAsync(CancellationToken.None));
    }
}
