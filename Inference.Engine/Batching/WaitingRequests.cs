namespace Slipway.Inference.Engine.Batching;

/// <summary>
/// The queue of one model: a lane for each shape, so that a request waits for others of its own shape alone, and levels of priority over all lanes. The batcher's
/// lock guards it.
/// </summary>
internal sealed class WaitingRequests(int levels)
{
    // Requests whose time in the queue was over and that wait on are behind every level.
    private readonly int[] _counts = new int[levels + 2];
    private readonly List<RequestLane> _lanes = [];

    public int Count { get; private set; }

    public int Rows { get; private set; }

    public int CountAt(int level) => _counts[level];

    public IEnumerable<PendingInference> All => _lanes.SelectMany(lane => lane.Requests);

    public void Add(PendingInference request, bool joins)
    {
        var lane = FindLane(request, joins && request.Rows > 0);
        lane.Add(request);
        _counts[request.Level]++;
        Count++;
        Rows += request.Rows;
    }

    public void Remove(PendingInference request)
    {
        var lane = request.Lane!;
        lane.Remove(request);
        _counts[request.Level]--;
        Count--;
        Rows -= request.Rows;
        if (lane.IsEmpty)
        {
            _lanes.Remove(lane);
        }
    }

    /// <summary>Puts a request behind all others.</summary>
    public void PutBehind(PendingInference request)
    {
        var joins = request.Lane!.Joins;
        Remove(request);
        request.Level = levels + 1;
        Add(request, joins);
    }

    /// <summary>The lane that goes next: among those that are due, the one whose first request has the highest priority and waits longest.</summary>
    public RequestLane? FindDue(long now, in DelayRule rule, out long nextDue)
    {
        RequestLane? best = null;
        nextDue = long.MaxValue;
        foreach (var lane in _lanes)
        {
            var due = rule.DueAt(lane);
            if (due > now)
            {
                nextDue = Math.Min(nextDue, due);
            }
            else if (best is null || GoesBefore(lane.Head, best.Head))
            {
                best = lane;
            }
        }

        return best;
    }

    /// <summary>Takes a batch from a lane: in order, never more rows than fit, and where only a preferred size was reached, that many.</summary>
    public void Take(RequestLane lane, in DelayRule rule, List<PendingInference> batch)
    {
        var limit = lane.Rows >= rule.FullRows ? rule.FullRows : Math.Max(LargestPreferred(lane, rule), 0);
        var rows = 0;
        do
        {
            var request = lane.Head;
            if (batch.Count > 0 && rows + request.Rows > (limit > 0 ? limit : rule.FullRows))
            {
                return;
            }

            Remove(request);
            batch.Add(request);
            rows += request.Rows;
        } while (lane.Joins && !lane.IsEmpty);
    }

    private static int LargestPreferred(RequestLane lane, in DelayRule rule)
    {
        var largest = 0;
        foreach (var size in rule.PreferredSizes)
        {
            largest = size <= lane.Rows ? Math.Max(largest, size) : largest;
        }

        return largest;
    }

    private static bool GoesBefore(PendingInference one, PendingInference other) =>
        one.Level != other.Level ? one.Level < other.Level : one.QueuedAt < other.QueuedAt;

    private RequestLane FindLane(PendingInference request, bool joins)
    {
        foreach (var lane in _lanes)
        {
            if (lane.Joins == joins && (!joins || lane.Head.HasShapeOf(request)))
            {
                return lane;
            }
        }

        var added = new RequestLane(joins);
        _lanes.Add(added);
        return added;
    }
}
