using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Lineage;

/// <summary>Walks from one node upstream, downstream or both, breadth first, up to a depth and a number of nodes.</summary>
internal sealed class LineageWalk(LineageTables tables, LineageNeighbours neighbours)
{
    public const int MaxNodes = 500;

    private readonly Dictionary<LineageId, LineageNode> _nodes = [];
    private readonly HashSet<LineageEdge> _edges = [];
    private bool _isCut;

    /// <summary>The graph; null where there is no such node.</summary>
    public async Task<LineageGraph?> FromAsync(LineageId start, bool up, bool down, int depth, CancellationToken ct)
    {
        if (await FindAsync(start, ct) is not { } first)
        {
            return null;
        }
        _nodes[start] = first;
        if (up)
        {
            await SpreadAsync(start, depth, UpAsync, (from, to) => new LineageEdge($"{to}", $"{from}"), ct);
        }
        if (down)
        {
            await SpreadAsync(start, depth, DownAsync, (from, to) => new LineageEdge($"{from}", $"{to}"), ct);
        }
        return new LineageGraph
        {
            Start = start.ToString(),
            Nodes = [.. _nodes.Values],
            Edges = [.. _edges],
            Notes = _isCut
                ? [.. neighbours.Notes, $"There is more: the answer was cut at a depth of {depth} or at {MaxNodes} nodes."]
                : neighbours.Notes,
        };
    }

    private async Task SpreadAsync(
        LineageId start,
        int depth,
        Func<LineageId, CancellationToken, Task<IReadOnlyList<LineageId>>> next,
        Func<LineageId, LineageId, LineageEdge> edge,
        CancellationToken ct
    )
    {
        var seen = new HashSet<LineageId> { start };
        var frontier = new List<LineageId> { start };
        for (var level = 0; frontier.Count > 0 && level <= depth; level++)
        {
            var reached = new List<LineageId>();
            foreach (var from in frontier)
            {
                foreach (var to in await next(from, ct))
                {
                    if (!_nodes.ContainsKey(to))
                    {
                        if (level == depth || _nodes.Count >= MaxNodes)
                        {
                            _isCut = true;
                            continue;
                        }
                        if (await FindAsync(to, ct) is not { } node)
                        {
                            continue;
                        }
                        _nodes[to] = node;
                    }
                    _edges.Add(edge(from, to));
                    if (seen.Add(to))
                    {
                        reached.Add(to);
                    }
                }
            }
            frontier = reached;
        }
    }

    private async Task<LineageNode?> FindAsync(LineageId id, CancellationToken ct) =>
        id.Kind switch
        {
            LineageKind.Predictions => LineageNeighbours.Node(id, await TrafficAsync(id, ct)),
            LineageKind.Alert => (await neighbours.AlertsAsync(null, ct)).FirstOrDefault(a => a.Id == id.AsGuid()) is { } alert
                ? LineageNeighbours.Node(id, alert)
                : null,
            LineageKind.Job => LineageNeighbours.Node(id, await neighbours.JobAsync(id.AsGuid(), ct)),
            _ => await tables.FindAsync(id, ct),
        };

    private async Task<IReadOnlyList<LineageId>> DownAsync(LineageId id, CancellationToken ct)
    {
        switch (id.Kind)
        {
            case LineageKind.Endpoint:
                var traffic = await neighbours.TrafficAsync(id.Key, ct);
                return [.. traffic.Select(t => LineageId.Predictions(id.Key, t.Model, t.Version))];
            case LineageKind.Predictions:
                var (endpoint, model, version) = id.AsPredictions();
                var alerts = await neighbours.AlertsAsync(endpoint, ct);
                return [.. alerts.Where(a => a.Model == model && a.Version == version).Select(a => LineageId.Alert(a.Id))];
            case LineageKind.Alert:
                var raised = (await neighbours.AlertsAsync(null, ct)).FirstOrDefault(a => a.Id == id.AsGuid());
                return [.. (raised?.RetrainingJobs ?? []).Select(LineageId.Job)];
            case LineageKind.Job:
                return await tables.RunsOfJobAsync(id.AsGuid(), ct);
            default:
                return await tables.DownAsync(id, ct);
        }
    }

    private async Task<IReadOnlyList<LineageId>> UpAsync(LineageId id, CancellationToken ct)
    {
        switch (id.Kind)
        {
            case LineageKind.Predictions:
                var (endpoint, model, version) = id.AsPredictions();
                return [LineageId.Endpoint(endpoint), LineageId.Version(model, version)];
            case LineageKind.Alert:
                var alert = (await neighbours.AlertsAsync(null, ct)).FirstOrDefault(a => a.Id == id.AsGuid());
                return alert is null ? [] : [LineageId.Predictions(alert.Endpoint, alert.Model, alert.Version)];
            case LineageKind.Job:
                var alerts = await neighbours.AlertsAsync(null, ct);
                return [.. alerts.Where(a => a.RetrainingJobs.Contains(id.AsGuid())).Select(a => LineageId.Alert(a.Id))];
            default:
                return await tables.UpAsync(id, ct);
        }
    }

    private async Task<Contracts.Monitoring.VersionTraffic?> TrafficAsync(LineageId id, CancellationToken ct)
    {
        var (endpoint, model, version) = id.AsPredictions();
        return (await neighbours.TrafficAsync(endpoint, ct)).FirstOrDefault(t => t.Model == model && t.Version == version);
    }
}
