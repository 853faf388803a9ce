namespace Aspire.Hosting.State;

/// <summary>The last lines of a resource's output; older ones are dropped.</summary>
internal sealed class ResourceLog
{
    public const int MaxLines = 2000;
    private readonly Lock _lock = new();
    private readonly Queue<ResourceLogLine> _lines = new();

    public void Add(ResourceLogLine line)
    {
        lock (_lock)
        {
            _lines.Enqueue(line);
            if (_lines.Count > MaxLines)
            {
                _lines.Dequeue();
            }
        }
    }

    public IReadOnlyList<ResourceLogLine> Tail(int count)
    {
        lock (_lock)
        {
            return [.. _lines.Skip(Math.Max(0, _lines.Count - count))];
        }
    }
}
