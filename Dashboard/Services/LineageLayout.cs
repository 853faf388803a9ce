using Slipway.Contracts.Registry;

namespace Slipway.Dashboard.Services;

/// <summary>
/// Where the lineage's nodes stand in the picture: each in a column right of everything that it came of, columns in the order of the answer. Units are SVG's.
/// </summary>
internal sealed class LineageLayout
{
    public const int BoxWidth = 200;
    public const int BoxHeight = 48;
    private const int ColumnStep = 260;
    private const int RowStep = 68;
    private const int Margin = 16;

    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);

    public LineageLayout(LineageGraph graph)
    {
        var ranks = Rank(graph);
        foreach (var column in graph.Nodes.GroupBy(node => ranks[node.Id]))
        {
            var row = 0;
            foreach (var node in column)
            {
                _places[node.Id] = new Place(Margin + (column.Key * ColumnStep), Margin + (row++ * RowStep));
            }
        }
        Width = (Margin * 2) + BoxWidth + (_places.Count == 0 ? 0 : _places.Values.Max(p => p.X) - Margin);
        Height = (Margin * 2) + BoxHeight + (_places.Count == 0 ? 0 : _places.Values.Max(p => p.Y) - Margin);
    }

    public int Width { get; }

    public int Height { get; }

    public Place At(string id) => _places[id];

    /// <summary>A curve from the right side of one box to the left side of another.</summary>
    public string Path(LineageEdge edge)
    {
        var (from, to) = (At(edge.From), At(edge.To));
        var (x1, y1, x2, y2) = (from.X + BoxWidth, from.Y + (BoxHeight / 2), to.X, to.Y + (BoxHeight / 2));
        var bend = Math.Max(30, (x2 - x1) / 2);
        return FormattableString.Invariant($"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}");
    }

    /// <summary>The longest way to each node. A ring (there should be none) ends the counting after as many rounds as there are nodes.</summary>
    private static Dictionary<string, int> Rank(LineageGraph graph)
    {
        var ranks = graph.Nodes.ToDictionary(node => node.Id, _ => 0, StringComparer.Ordinal);
        for (var round = 0; round < graph.Nodes.Count; round++)
        {
            var changed = false;
            foreach (var edge in graph.Edges)
            {
                if (ranks[edge.To] <= ranks[edge.From] && ranks[edge.From] < graph.Nodes.Count)
                {
                    ranks[edge.To] = ranks[edge.From] + 1;
                    changed = true;
                }
            }
            if (!changed)
            {
                break;
            }
        }
        return ranks;
    }

    /// <summary>A box's upper left corner.</summary>
    internal readonly record struct Place(int X, int Y);
}
