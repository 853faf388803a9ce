namespace Slipway.Monitoring.Worker.Drift;

/// <summary>The values of one column in a window: numbers, or rows by category. What is neither is missing.</summary>
internal sealed class ColumnSample
{
    private readonly Dictionary<string, long> _categories = new(StringComparer.Ordinal);
    private readonly List<double> _numbers = [];

    public IReadOnlyDictionary<string, long> Categories => _categories;

    public long CategoryRows { get; private set; }

    public int NumberCount => _numbers.Count;

    public void Add(double number) => _numbers.Add(number);

    public void Add(string category)
    {
        _categories[category] = _categories.GetValueOrDefault(category) + 1;
        CategoryRows++;
    }

    public double[] SortedNumbers()
    {
        var sorted = _numbers.ToArray();
        Array.Sort(sorted);
        return sorted;
    }
}
