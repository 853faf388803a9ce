using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Http;
using Slipway.Contracts.Monitoring;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Serving;
using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Telemetry;

namespace Slipway.Monitoring.Worker.Baselines;

/// <summary>Gets a version's baseline: from memory, from the database, otherwise from the registry by content address.</summary>
internal sealed class BaselineSource(
    IDbContextFactory<MonitoringDb> contexts,
    IHttpClientFactory clients,
    IOptions<BaselineOptions> options,
    TimeProvider time,
    ILogger<BaselineSource> logger
)
{
    /// <summary>The name of the HTTP client whose base address is the registry.</summary>
    public const string ClientName = "registry";

    private const int MaxInMemory = 64;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(string Model, int Version), ModelBaseline> _profiles = new();

    // Written after a failed call, read before the next: while the registry is away, passes do not each wait for it to fail again.
    private long _askAgainTicks;

    /// <summary>The baseline; <see cref="ModelBaseline.Unknown"/> while the registry is away.</summary>
    public async Task<ModelBaseline> GetAsync(string model, int version, CancellationToken ct)
    {
        if (_profiles.TryGetValue((model, version), out var remembered))
        {
            return remembered;
        }
        await using var context = await contexts.CreateDbContextAsync(ct);
        var row = await context.Baselines.SingleOrDefaultAsync(b => b.Model == model && b.Version == version, ct);
        if (row is not null && (row.Profile is not null || time.GetUtcNow() - row.FetchedAt < AbsentRetry))
        {
            return Remember(model, version, Read(row));
        }
        if (await FetchAsync(model, version, ct) is not { } fetched)
        {
            return row is null ? ModelBaseline.Unknown : Read(row);
        }
        await SaveAsync(context, row, model, version, fetched, ct);
        return Remember(model, version, fetched);
    }

    private TimeSpan AbsentRetry => TimeSpan.FromSeconds(options.Value.AbsentRetrySeconds);

    /// <summary>Null when the registry cannot be asked.</summary>
    private async Task<ModelBaseline?> FetchAsync(string model, int version, CancellationToken ct)
    {
        if (time.GetUtcNow().UtcTicks < Interlocked.Read(ref _askAgainTicks))
        {
            return null;
        }
        using var limit = new CancellationTokenSource(s_patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        using var http = clients.CreateClient(ClientName);
        var registry = new RegistryClient(http);
        try
        {
            var overview = await registry.FindVersionAsync(model, version, either.Token);
            var profile = await ReadProfileAsync(registry, model, version, overview, either.Token);
            return new ModelBaseline(true, profile, overview?.Metrics ?? new Dictionary<string, double>());
        }
        catch (ApiException e) when ((int)e.Status is >= 400 and < 500 && (int)e.Status is not (408 or 429))
        {
            MonitoringLog.BaselineUnusable(logger, model, version, e.Message);
            return new ModelBaseline(true, null, new Dictionary<string, double>());
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // HTTP, the disk behind it, and the resilience pipeline each have their own exceptions; for us all of them mean "ask again later".
            Interlocked.Exchange(ref _askAgainTicks, time.GetUtcNow().AddSeconds(options.Value.UnavailableRetrySeconds).UtcTicks);
            MonitoringLog.RegistryAway(logger, model, version, e.Message);
            return null;
        }
    }

    private async Task<BaselineProfile?> ReadProfileAsync(
        RegistryClient registry,
        string model,
        int version,
        ModelVersionOverview? overview,
        CancellationToken ct
    )
    {
        if (overview?.Files.FirstOrDefault(f => f.Path == BaselineProfile.FileName) is not { } file)
        {
            MonitoringLog.BaselineAbsent(logger, model, version);
            return null;
        }
        if (file.SizeBytes <= 0 || file.SizeBytes > options.Value.MaxBytes)
        {
            MonitoringLog.BaselineUnusable(logger, model, version, $"{file.SizeBytes} bytes; at most {options.Value.MaxBytes} are read.");
            return null;
        }
        var bytes = await DownloadAsync(registry, file, ct);
        try
        {
            var profile = JsonSerializer.Deserialize(bytes, MonitoringJson.Default.BaselineProfile);
            var error = profile is null ? "it is null." : BaselineCheck.Find(profile);
            if (error is null)
            {
                return profile;
            }
            MonitoringLog.BaselineUnusable(logger, model, version, error);
        }
        catch (JsonException e)
        {
            MonitoringLog.BaselineUnusable(logger, model, version, e.Message);
        }
        return null;
    }

    private static async Task<byte[]> DownloadAsync(RegistryClient registry, ServedFile file, CancellationToken ct)
    {
        var bytes = new byte[file.SizeBytes];
        // A stream over a fixed array refuses more than the registry announced.
        using var stream = new MemoryStream(bytes);
        try
        {
            await registry.DownloadBlobAsync(file.Sha256, stream, ct);
        }
        catch (NotSupportedException e)
        {
            throw new IOException($"Blob {file.Sha256} is longer than {file.SizeBytes} bytes.", e);
        }
        return stream.Position == bytes.Length && Convert.ToHexStringLower(SHA256.HashData(bytes)) == file.Sha256
            ? bytes
            : throw new IOException($"Blob {file.Sha256} does not have the content its address promises.");
    }

    private async Task SaveAsync(
        MonitoringDb context,
        BaselineRow? row,
        string model,
        int version,
        ModelBaseline fetched,
        CancellationToken ct
    )
    {
        if (row is null)
        {
            row = new BaselineRow
            {
                Model = model,
                Version = version,
                Metrics = "{}",
                FetchedAt = time.GetUtcNow(),
            };
            context.Baselines.Add(row);
        }
        row.Profile = fetched.Profile is null ? null : JsonSerializer.Serialize(fetched.Profile, MonitoringJson.Default.BaselineProfile);
        row.Metrics = JsonSerializer.Serialize(fetched.Metrics, MonitoringJson.Default.IReadOnlyDictionaryStringDouble);
        row.FetchedAt = time.GetUtcNow();
        try
        {
            await context.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e)
            when (e.InnerException is Npgsql.PostgresException { SqlState: Npgsql.PostgresErrorCodes.UniqueViolation })
        {
            // Another replica stored the same, immutable version first.
        }
    }

    private ModelBaseline Remember(string model, int version, ModelBaseline baseline)
    {
        if (baseline.Profile is not null)
        {
            if (_profiles.Count >= MaxInMemory)
            {
                // Rare (few versions serve at once), and the database has them all: starting over is simpler than an order of use.
                _profiles.Clear();
            }
            _profiles[(model, version)] = baseline;
        }
        return baseline;
    }

    private static ModelBaseline Read(BaselineRow row) =>
        new(
            true,
            row.Profile is null ? null : JsonSerializer.Deserialize(row.Profile, MonitoringJson.Default.BaselineProfile),
            JsonSerializer.Deserialize(row.Metrics, MonitoringJson.Default.IReadOnlyDictionaryStringDouble)
                ?? new Dictionary<string, double>()
        );
}
