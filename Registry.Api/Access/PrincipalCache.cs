using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Registry.Api.Access;

/// <summary>
/// What the database says about principals, tokens and passwords, until it changes: on this replica at once, on others within a second. Bounded: full, it
/// starts anew.
/// </summary>
internal sealed class PrincipalCache(AccessStore store, TimeProvider time) : IDisposable
{
    private const int MaxEntries = 2000;
    private static readonly TimeSpan s_versionAge = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_passwordAge = TimeSpan.FromMinutes(5);

    // Passwords are remembered by a keyed hash, whose key this process alone has.
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private Snapshot _current = new(-1);
    private long _checkedAt;

    /// <summary>The rights of a principal.</summary>
    public async Task<PrincipalGrants> GrantsAsync(string principal, CancellationToken ct)
    {
        var snapshot = await CurrentAsync(ct);
        return snapshot.Grants.TryGetValue(principal, out var known)
            ? known
            : Keep(snapshot, snapshot.Grants, principal, await store.GrantsAsync(principal, ct));
    }

    /// <summary>A token that is not revoked, or null; its time is for the caller to check.</summary>
    public async Task<StoredToken?> TokenAsync(string id, CancellationToken ct)
    {
        var snapshot = await CurrentAsync(ct);
        if (snapshot.Tokens.TryGetValue(id, out var known))
        {
            return known;
        }
        // Ids that do not exist are not remembered: anybody can make them up.
        return await store.FindTokenAsync(id, ct) is { } found ? Keep(snapshot, snapshot.Tokens, id, found) : null;
    }

    /// <summary>Whether these credentials were found right a short while ago.</summary>
    public async Task<bool> KnowsAsync(BasicCredentials credentials, CancellationToken ct) =>
        (await CurrentAsync(ct)).Passwords.TryGetValue(Digest(credentials), out var until) && time.GetUtcNow() < until;

    /// <summary>Remembers that these credentials are right.</summary>
    public async Task RememberAsync(BasicCredentials credentials, CancellationToken ct)
    {
        var snapshot = await CurrentAsync(ct);
        Keep(snapshot, snapshot.Passwords, Digest(credentials), time.GetUtcNow() + s_passwordAge);
    }

    /// <summary>Forgets what has changed since; true where something has.</summary>
    public async Task<bool> RefreshAsync(CancellationToken ct)
    {
        var before = Volatile.Read(ref _current);
        await _refreshing.WaitAsync(ct);
        try
        {
            var version = await store.VersionAsync(ct);
            if (Volatile.Read(ref _current).Version != version)
            {
                Volatile.Write(ref _current, new Snapshot(version));
            }
            Volatile.Write(ref _checkedAt, time.GetTimestamp());
        }
        finally
        {
            _refreshing.Release();
        }
        return Volatile.Read(ref _current) != before;
    }

    public void Dispose() => _refreshing.Dispose();

    private async ValueTask<Snapshot> CurrentAsync(CancellationToken ct)
    {
        var checkedAt = Volatile.Read(ref _checkedAt);
        if (Volatile.Read(ref _current).Version < 0 || time.GetElapsedTime(checkedAt) > s_versionAge)
        {
            await RefreshAsync(ct);
        }
        return Volatile.Read(ref _current);
    }

    private TValue Keep<TKey, TValue>(Snapshot snapshot, ConcurrentDictionary<TKey, TValue> entries, TKey key, TValue value)
        where TKey : notnull
    {
        if (entries.Count >= MaxEntries)
        {
            Interlocked.CompareExchange(ref _current, new Snapshot(snapshot.Version), snapshot);
        }
        entries[key] = value;
        return value;
    }

    private string Digest(BasicCredentials credentials) =>
        Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{credentials.User}:{credentials.Password}")));

    private sealed record Snapshot(long Version)
    {
        public ConcurrentDictionary<string, PrincipalGrants> Grants { get; } = new(StringComparer.Ordinal);
        public ConcurrentDictionary<string, StoredToken> Tokens { get; } = new(StringComparer.Ordinal);
        public ConcurrentDictionary<string, DateTimeOffset> Passwords { get; } = new(StringComparer.Ordinal);

        // Two snapshots are the same only if they are one.
        public bool Equals(Snapshot? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }
}

/// <summary>The bindings of a principal, and whether it has permissions on single objects.</summary>
internal sealed record PrincipalGrants(IReadOnlyList<Grant> Roles, bool HasObjectLevels);

/// <summary>A token as it is kept.</summary>
internal sealed record StoredToken(string Id, string Principal, byte[] Salt, byte[] Hash, TokenScope Scope, DateTimeOffset ExpiresAt)
{
    private long _notedMinute;

    /// <summary>True once a minute: its use is to be written down.</summary>
    public bool IsDue(DateTimeOffset now)
    {
        var minute = now.UtcTicks / TimeSpan.TicksPerMinute;
        return Interlocked.Exchange(ref _notedMinute, minute) != minute;
    }
}
