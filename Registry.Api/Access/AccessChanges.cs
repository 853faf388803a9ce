using System.Data.Common;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Npgsql;
using Slipway.Contracts.Access;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Access;

/// <summary>Users, role bindings and tokens: lists and changes. Each change is in the audit log, and counts from its return on.</summary>
internal sealed class AccessChanges(NpgsqlDataSource source, ChangeRecorder recorder, PrincipalCache cache, TimeProvider time)
{
    public const int MaxListed = 1000;
    public const int MaxTokensOfOne = 100;
    private const int MaxBindings = 10_000;
    private const int SaltBytes = 16;
    private const string TokenColumns = "id, principal, name, roles, pattern, created_at, expires_at, revoked_at, last_used_at";

    public Task<List<AccessUser>> UsersAsync(CancellationToken ct) =>
        source.QueryAsync(
            $"SELECT name, created_at FROM access_users ORDER BY name LIMIT {MaxListed}",
            r => new AccessUser(r.GetString(0), r.GetFieldValue<DateTimeOffset>(1)),
            ct
        );

    /// <summary>The number of a user; null where there is none.</summary>
    public async Task<long?> FindUserAsync(string name, CancellationToken ct) =>
        await source.QueryAsync("SELECT id FROM access_users WHERE name = $1", r => r.GetInt64(0), ct, name) is [var id] ? id : null;

    /// <summary>The number of the new user; null where the name is taken.</summary>
    public async Task<long?> CreateUserAsync(string name, string password, CancellationToken ct)
    {
        var hash = Passwords.Hash(password);
        long? id = null;
        await ChangeAsync(
            async connection =>
            {
                var ids = await connection.QueryAsync(
                    "INSERT INTO access_users (name, password_hash, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING RETURNING id",
                    r => r.GetInt64(0),
                    ct,
                    name,
                    hash,
                    time.GetUtcNow()
                );
                id = ids.Count == 0 ? null : ids[0];
                return id is null
                    ? null
                    : new Change("user.created", $"access/users/{name}") { After = new JsonObject { ["name"] = name } };
            },
            ct
        );
        return id;
    }

    public Task<bool> SetPasswordAsync(string name, string password, CancellationToken ct)
    {
        var hash = Passwords.Hash(password);
        return ChangeAsync(
            async connection =>
                await connection.ExecuteAsync("UPDATE access_users SET password_hash = $2 WHERE name = $1", ct, name, hash) == 0
                    ? null
                    : new Change("user.password_changed", $"access/users/{name}"),
            ct
        );
    }

    /// <summary>Deletes the user with all that was granted to the name, and revokes its tokens: whoever gets the name next has none of it.</summary>
    public Task<bool> DeleteUserAsync(string name, CancellationToken ct) =>
        ChangeAsync(
            async connection =>
            {
                var deleted = await connection.ExecuteAsync("DELETE FROM access_users WHERE name = $1", ct, name);
                if (deleted == 0)
                {
                    return null;
                }
                await connection.ExecuteAsync("DELETE FROM access_bindings WHERE principal = $1", ct, name);
                await connection.ExecuteAsync("DELETE FROM access_objects WHERE principal = $1", ct, name);
                await connection.ExecuteAsync(
                    "UPDATE access_tokens SET revoked_at = $2 WHERE principal = $1 AND revoked_at IS NULL",
                    ct,
                    name,
                    time.GetUtcNow()
                );
                return new Change("user.deleted", $"access/users/{name}") { Before = new JsonObject { ["name"] = name } };
            },
            ct
        );

    public Task<List<RoleBinding>> BindingsAsync(string? principal, CancellationToken ct) =>
        source.QueryAsync(
            $"SELECT id, principal, role, pattern FROM access_bindings WHERE $1::text IS NULL OR principal = $1 ORDER BY id LIMIT {MaxListed}",
            r => new RoleBinding(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3)),
            ct,
            NpgsqlText(principal)
        );

    /// <summary>The binding, which may have been there before; null where there are too many.</summary>
    public async Task<RoleBinding?> GrantRoleAsync(string principal, string role, string pattern, CancellationToken ct)
    {
        RoleBinding? binding = null;
        await ChangeAsync(
            async connection =>
            {
                var inserted = await connection.QueryAsync(
                    $"""
                    INSERT INTO access_bindings (principal, role, pattern)
                    SELECT $1, $2, $3 WHERE (SELECT count(*) FROM access_bindings) < {MaxBindings}
                    ON CONFLICT (principal, role, pattern) DO NOTHING RETURNING id
                    """,
                    r => r.GetInt64(0),
                    ct,
                    principal,
                    role,
                    pattern
                );
                var ids =
                    inserted.Count > 0
                        ? inserted
                        : await connection.QueryAsync(
                            "SELECT id FROM access_bindings WHERE principal = $1 AND role = $2 AND pattern = $3",
                            r => r.GetInt64(0),
                            ct,
                            principal,
                            role,
                            pattern
                        );
                binding = ids.Count == 0 ? null : new RoleBinding(ids[0], principal, role, pattern);
                return inserted.Count == 0
                    ? null
                    : new Change("role.granted", $"access/bindings/{inserted[0]}") { After = State(principal, role, pattern) };
            },
            ct
        );
        return binding;
    }

    public Task<bool> RevokeRoleAsync(long id, CancellationToken ct) =>
        ChangeAsync(
            async connection =>
                await connection.QueryAsync(
                    "DELETE FROM access_bindings WHERE id = $1 RETURNING principal, role, pattern",
                    r => State(r.GetString(0), r.GetString(1), r.GetString(2)),
                    ct,
                    id
                )
                    is [var before]
                    ? new Change("role.revoked", $"access/bindings/{id}") { Before = before }
                    : null,
            ct
        );

    public Task<List<ApiToken>> TokensAsync(string? principal, CancellationToken ct) =>
        source.QueryAsync(
            $"SELECT {TokenColumns} FROM access_tokens WHERE $1::text IS NULL OR principal = $1 ORDER BY created_at DESC, id LIMIT {MaxListed}",
            ReadToken,
            ct,
            NpgsqlText(principal)
        );

    public async Task<ApiToken?> FindTokenAsync(string id, CancellationToken ct) =>
        (await source.QueryAsync($"SELECT {TokenColumns} FROM access_tokens WHERE id = $1", ReadToken, ct, id)).FirstOrDefault();

    /// <summary>A new token; null where the principal has too many that are neither revoked nor expired.</summary>
    public async Task<CreatedToken?> CreateTokenAsync(string principal, NewToken request, CancellationToken ct)
    {
        var (id, secret) = TokenSecret.Create();
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var now = time.GetUtcNow();
        var created = await ChangeAsync(
            async connection =>
                await connection.ExecuteAsync(
                    $"""
                    INSERT INTO access_tokens (id, principal, name, salt, hash, roles, pattern, created_at, expires_at)
                    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
                    WHERE (SELECT count(*) FROM access_tokens WHERE principal = $2 AND revoked_at IS NULL AND expires_at > $8) < {MaxTokensOfOne}
                    """,
                    ct,
                    id,
                    principal,
                    request.Name,
                    salt,
                    TokenSecret.Hash(salt, secret),
                    request.Roles.ToArray(),
                    request.Pattern,
                    now,
                    now.AddDays(request.ExpiresInDays)
                ) == 0
                    ? null
                    : new Change("token.created", $"access/tokens/{id}")
                    {
                        After = new JsonObject { ["principal"] = principal, ["name"] = request.Name },
                    },
            ct
        );
        return created ? new CreatedToken((await FindTokenAsync(id, ct))!, secret) : null;
    }

    public Task<bool> RevokeTokenAsync(string id, CancellationToken ct) =>
        ChangeAsync(
            async connection =>
                await connection.ExecuteAsync(
                    "UPDATE access_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
                    ct,
                    id,
                    time.GetUtcNow()
                ) == 0
                    ? null
                    : new Change("token.revoked", $"access/tokens/{id}"),
            ct
        );

    public async Task<List<(string Kind, string Key, ObjectLevel Level)>> LevelsAsync(string principal, CancellationToken ct) =>
        await source.QueryAsync(
            $"SELECT kind, object, level FROM access_objects WHERE principal = $1 ORDER BY kind, object LIMIT {MaxListed}",
            r => (r.GetString(0), r.GetString(1), (ObjectLevel)r.GetInt16(2)),
            ct,
            principal
        );

    /// <summary>Sets a permission that must not (<paramref name="isNew"/>) or must be there already. False where that is not so.</summary>
    public Task<bool> SetLevelAsync(string principal, string kind, string key, ObjectLevel level, bool isNew, CancellationToken ct) =>
        ChangeAsync(
            async connection =>
                await connection.ExecuteAsync(
                    isNew
                        ? "INSERT INTO access_objects (principal, kind, object, level) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
                        : "UPDATE access_objects SET level = $4 WHERE principal = $1 AND kind = $2 AND object = $3",
                    ct,
                    principal,
                    kind,
                    key,
                    (short)level
                ) == 0
                    ? null
                    : new Change("permission.set", $"access/permissions/{kind}/{key}")
                    {
                        After = new JsonObject { ["principal"] = principal, ["permission"] = ObjectLevels.Name(level) },
                    },
            ct
        );

    public Task<bool> DeleteLevelAsync(string principal, string kind, string key, CancellationToken ct) =>
        ChangeAsync(
            async connection =>
                await connection.ExecuteAsync(
                    "DELETE FROM access_objects WHERE principal = $1 AND kind = $2 AND object = $3",
                    ct,
                    principal,
                    kind,
                    key
                ) == 0
                    ? null
                    : new Change("permission.deleted", $"access/permissions/{kind}/{key}")
                    {
                        Before = new JsonObject { ["principal"] = principal },
                    },
            ct
        );

    private static object NpgsqlText(string? text) => text ?? (object)DBNull.Value;

    private static JsonObject State(string principal, string role, string pattern) =>
        new()
        {
            ["principal"] = principal,
            ["role"] = role,
            ["pattern"] = pattern,
        };

    private async Task<bool> ChangeAsync(Func<NpgsqlConnection, Task<Change?>> apply, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await apply(connection) is not { } change)
        {
            return false;
        }
        await recorder.RecordAsync(connection, change, ct);
        await transaction.CommitAsync(ct);
        await cache.RefreshAsync(ct);
        return true;
    }

    private static ApiToken ReadToken(DbDataReader r) =>
        new(
            r.GetString(0),
            r.GetString(1),
            r.GetString(2),
            r.GetFieldValue<string[]>(3),
            r.GetString(4),
            r.GetFieldValue<DateTimeOffset>(5),
            r.GetFieldValue<DateTimeOffset>(6),
            r.IsDBNull(7) ? null : r.GetFieldValue<DateTimeOffset>(7),
            r.IsDBNull(8) ? null : r.GetFieldValue<DateTimeOffset>(8)
        );
}
