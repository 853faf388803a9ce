using System.Globalization;
using Slipway.Inference.Benchmarks.Servers;

namespace Slipway.Inference.Benchmarks.Scenarios;

/// <summary>The bare runtime in a process of its own: rows per second, and the median time of a run.</summary>
internal sealed record RawRuns(double RowsPerSecond, double RunMicroseconds)
{
    // One caller that uses all processors, one for each processor, and one alone: whichever is fastest is the limit.
    private static readonly (int Callers, int Threads)[] s_ways = [(1, 1), (2, 1), (1, 2)];

    /// <summary>One caller on one thread.</summary>
    public static Task<RawRuns> AloneAsync(string model, int rows, int seconds) => RunAsync(model, rows, 1, 1, seconds);

    /// <summary>The fastest way to use the machine.</summary>
    public static async Task<RawRuns> BestAsync(string model, int rows, int seconds)
    {
        RawRuns? best = null;
        foreach (var (callers, threads) in s_ways)
        {
            var runs = await RunAsync(model, rows, callers, threads, seconds);
            best = best is null || runs.RowsPerSecond > best.RowsPerSecond ? runs : best;
        }

        return best!;
    }

    private static async Task<RawRuns> RunAsync(string model, int rows, int callers, int threads, int seconds)
    {
        var output = await Children.RunRoleAsync("raw", model, $"{rows}", $"{callers}", $"{threads}", $"{seconds}");
        var numbers = output[(output.IndexOf("RAW ", StringComparison.Ordinal) + 4)..]
            .Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .Take(2)
            .Select(text => double.Parse(text, CultureInfo.InvariantCulture))
            .ToArray();
        return new RawRuns(numbers[0], numbers[1]);
    }
}
