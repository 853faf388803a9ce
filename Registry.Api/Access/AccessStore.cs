using System.Data.Common;
using Npgsql;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Access;

/// <summary>What checking a request reads: grants, tokens, password hashes, permissions on single objects. Changes are made by <see cref="AccessChanges"/>.</summary>
internal sealed class AccessStore(NpgsqlDataSource source, TimeProvider time)
{
    public async Task<long> VersionAsync(CancellationToken ct) =>
        (await source.QueryAsync("SELECT version FROM access_version", r => r.GetInt64(0), ct))[0];

    public async Task<PrincipalGrants> GrantsAsync(string principal, CancellationToken ct)
    {
        var rows = await source.QueryAsync(
            """
            SELECT role, pattern, false FROM access_bindings WHERE principal = $1
            UNION ALL SELECT '', '', true WHERE EXISTS (SELECT 1 FROM access_objects WHERE principal = $1)
            """,
            r => (Grant: new Grant(r.GetString(0), r.GetString(1)), IsObject: r.GetBoolean(2)),
            ct,
            principal
        );
        return new([.. rows.Where(r => !r.IsObject).Select(r => r.Grant)], rows.Exists(r => r.IsObject));
    }

    public async Task<string?> PasswordHashAsync(string user, CancellationToken ct) =>
        (await source.QueryAsync("SELECT password_hash FROM access_users WHERE name = $1", r => r.GetString(0), ct, user)).FirstOrDefault();

    public async Task<StoredToken?> FindTokenAsync(string id, CancellationToken ct) =>
        (
            await source.QueryAsync(
                "SELECT id, principal, salt, hash, roles, pattern, expires_at FROM access_tokens WHERE id = $1 AND revoked_at IS NULL",
                ReadToken,
                ct,
                id
            )
        ).FirstOrDefault();

    /// <summary>Notes the time of use, at most once a minute.</summary>
    public Task<int> TouchTokenAsync(string id, CancellationToken ct) =>
        source.ExecuteAsync(
            "UPDATE access_tokens SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2 - interval '1 minute')",
            ct,
            id,
            time.GetUtcNow()
        );

    public async Task<ObjectLevel?> LevelAsync(string principal, string kind, string key, CancellationToken ct)
    {
        var levels = await source.QueryAsync(
            "SELECT level FROM access_objects WHERE principal = $1 AND kind = $2 AND object = $3",
            r => (ObjectLevel)r.GetInt16(0),
            ct,
            principal,
            kind,
            key
        );
        return levels.Count == 0 ? null : levels[0];
    }

    private static StoredToken ReadToken(DbDataReader r) =>
        new(
            r.GetString(0),
            r.GetString(1),
            r.GetFieldValue<byte[]>(2),
            r.GetFieldValue<byte[]>(3),
            new TokenScope(r.GetFieldValue<string[]>(4), r.GetString(5)),
            r.GetFieldValue<DateTimeOffset>(6)
        );
}
