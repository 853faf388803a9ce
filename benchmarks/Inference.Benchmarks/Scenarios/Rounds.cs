using Slipway.Inference.Benchmarks.Load;

namespace Slipway.Inference.Benchmarks.Scenarios;

/// <summary>Measures several things in turns, so that a drift of the machine meets all of them alike, and gives the median of each.</summary>
internal sealed class Rounds
{
    private readonly List<(string Name, Func<Task<LoadResult>> Measure)> _things = [];
    private readonly Dictionary<string, List<LoadResult>> _results = new(StringComparer.Ordinal);

    public void Add(string name, Func<Task<LoadResult>> measure)
    {
        _things.Add((name, measure));
        _results.Add(name, []);
    }

    public async Task RunAsync(int rounds)
    {
        for (var i = 0; i < rounds; i++)
        {
            foreach (var (name, measure) in _things)
            {
                _results[name].Add(await measure());
            }
        }
    }

    public LoadResult this[string name] => LoadResult.Median(_results[name]);

    public bool Has(string name) => _results.ContainsKey(name);
}
