using System.Data;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Serving;
using Slipway.Contracts.Vetting;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Policies;
using Slipway.Registry.Api.Vetting;

namespace Slipway.Registry.Api.Serving;

/// <summary>Builds what inference replicas have to serve. The last state is kept: most questions only find that it is still the same.</summary>
internal sealed class ServingStateStore(IDbContextFactory<RegistryDb> databases, EnvironmentCatalog environments)
{
    private volatile ServingState? _last;

    public async Task<ServingState> GetAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var revision = await db.ServingRevisions.Select(r => r.Revision).SingleAsync(ct);
        if (_last is { } last && last.Revision == revision)
        {
            return last;
        }
        // One snapshot for all queries: the revision and what belongs to it.
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        var state = await BuildAsync(db, ct);
        _last = state;
        return state;
    }

    private async Task<ServingState> BuildAsync(RegistryDb db, CancellationToken ct)
    {
        var revision = await db.ServingRevisions.Select(r => r.Revision).SingleAsync(ct);
        var endpoints = await db.Endpoints.AsNoTracking().Include(e => e.Routes).OrderBy(e => e.Name).ToListAsync(ct);
        var aliases = await db.Aliases.AsNoTracking().ToListAsync(ct);
        var wanted = Wanted(endpoints, aliases);
        var models = wanted.Select(w => w.ModelId).Distinct().ToList();
        var numbers = wanted.Select(w => w.Version).Distinct().ToList();
        var rows = await db
            .Versions.AsNoTracking()
            .Where(v =>
                models.Contains(v.ModelId) && numbers.Contains(v.Version) && v.VettingStatus == VettingStatus.Passed && v.ModelFile != null
            )
            .Include(v => v.Model)
            .Include(v => v.Files)
            .Include(v => v.Tags.Where(t => t.Key == ServedModelVersion.ConfigurationTag))
            .AsSplitQuery()
            .ToListAsync(ct);
        var versions = rows.Where(v => wanted.Contains((v.ModelId, v.Version))).ToDictionary(v => (v.ModelId, v.Version));
        var byModel = aliases.ToLookup(a => a.ModelId);
        return new ServingState
        {
            Revision = revision,
            Endpoints = [.. endpoints.Select(e => Endpoint(e, byModel, versions)).Where(e => e.Routes.Count > 0)],
            Models =
            [
                .. versions
                    .Values.OrderBy(v => v.Model!.Name, StringComparer.Ordinal)
                    .ThenBy(v => v.Version)
                    .Select(v => Version(v, byModel[v.ModelId])),
            ],
        };
    }

    private HashSet<(long ModelId, int Version)> Wanted(List<EndpointRow> endpoints, List<AliasRow> aliases)
    {
        var targets = aliases.ToDictionary(a => (a.ModelId, a.Alias), a => a.Version);
        var wanted = aliases.Where(a => environments.Names.Contains(a.Alias)).Select(a => (a.ModelId, a.Version)).ToHashSet();
        foreach (var route in endpoints.SelectMany(e => e.Routes))
        {
            if (route.Version is { } version)
            {
                wanted.Add((route.ModelId, version));
            }
            else if (targets.TryGetValue((route.ModelId, route.Alias!), out var target))
            {
                wanted.Add((route.ModelId, target));
            }
        }
        return wanted;
    }

    private static ServedEndpoint Endpoint(
        EndpointRow endpoint,
        ILookup<long, AliasRow> aliases,
        Dictionary<(long, int), ModelVersionRow> versions
    )
    {
        var routes = new List<ServedRoute>();
        foreach (var route in endpoint.Routes.OrderBy(r => r.Position))
        {
            var number = route.Version ?? aliases[route.ModelId].FirstOrDefault(a => a.Alias == route.Alias)?.Version;
            if (number is { } found && versions.TryGetValue((route.ModelId, found), out var version))
            {
                routes.Add(new ServedRoute(version.Model!.Name, version.Version, route.Weight));
            }
        }
        return new ServedEndpoint
        {
            Name = endpoint.Name,
            Routes = routes,
            LogPredictions = endpoint.LogPredictions,
        };
    }

    private static ServedModelVersion Version(ModelVersionRow row, IEnumerable<AliasRow> aliases)
    {
        var report = row.VettingReport is { } json ? JsonSerializer.Deserialize(json, ContractsJson.Default.VettingReport) : null;
        return new ServedModelVersion
        {
            Model = row.Model!.Name,
            Version = row.Version,
            Digest = row.Digest,
            ModelFile = row.ModelFile!,
            Files = [.. row.Files.OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => new ServedFile(f.Path, f.Sha256, f.SizeBytes))],
            Aliases = [.. aliases.Where(a => a.Version == row.Version).Select(a => a.Alias).Order(StringComparer.Ordinal)],
            Inputs = report?.Inputs ?? [],
            Outputs = report?.Outputs ?? [],
            Configuration = row.Tags.SingleOrDefault()?.Value,
        };
    }
}
