namespace Slipway.Contracts.Registry;

/// <summary><c>GET /api/v1/lineage</c>: what came from what, from data to predictions and round to retraining.</summary>
public sealed record LineageGraph
{
    /// <summary>The node that was asked about.</summary>
    public required string Start { get; init; }

    /// <summary>The nodes, the start first.</summary>
    public required IReadOnlyList<LineageNode> Nodes { get; init; }

    /// <summary>From what was there before to what came of it.</summary>
    public required IReadOnlyList<LineageEdge> Edges { get; init; }

    /// <summary>What is missing and why: a service that is away, a bound that was reached. Empty for a whole answer.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>One thing in the lineage.</summary>
/// <param name="Id"><c>kind:key</c>; start from it to go on.</param>
/// <param name="Kind"><c>dataset</c>, <c>run</c>, <c>version</c>, <c>endpoint</c>, <c>predictions</c>, <c>alert</c> or <c>job</c>.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Details">More about it, such as a dataset's schema.</param>
public sealed record LineageNode(string Id, string Kind, string Name, IReadOnlyDictionary<string, string> Details);

/// <summary>The second came of the first.</summary>
public sealed record LineageEdge(string From, string To);
