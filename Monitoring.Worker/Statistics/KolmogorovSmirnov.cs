namespace Slipway.Monitoring.Worker.Statistics;

/// <summary>
/// The two-sample Kolmogorov–Smirnov test, two-sided. The p-value is exact while the work for it is small, otherwise the limit distribution with
/// Stephens' correction (M. A. Stephens, JRSS B 32, 1970).
/// </summary>
internal static class KolmogorovSmirnov
{
    // Bounds the steps of the exact walk, which a window takes for every feature; samples beyond it are large enough for the limit distribution.
    private const long MaxExactProduct = 10_000_000;

    /// <summary>Tests two samples, each sorted ascending, without NaN and not empty.</summary>
    public static KolmogorovSmirnovResult Test(ReadOnlySpan<double> sortedFirst, ReadOnlySpan<double> sortedSecond)
    {
        if (sortedFirst.IsEmpty || sortedSecond.IsEmpty)
        {
            throw new ArgumentException("Both samples need a value.", nameof(sortedFirst));
        }
        long m = sortedFirst.Length;
        long n = sortedSecond.Length;
        var lcm = m / GreatestCommonDivisor(m, n) * n;
        var distance = Distance(sortedFirst, sortedSecond, lcm / m, lcm / n);
        var statistic = (double)distance / lcm;
        var p = m * n <= MaxExactProduct ? ExactP((int)m, (int)n, distance) : AsymptoticP(m, n, statistic);
        return new KolmogorovSmirnovResult(statistic, p);
    }

    /// <summary>The limit distribution's p-value for a statistic of samples of <paramref name="m"/> and <paramref name="n"/> values.</summary>
    internal static double AsymptoticP(long m, long n, double statistic)
    {
        var root = Math.Sqrt((double)m * n / (m + n));
        var lambda = (root + 0.12 + (0.11 / root)) * statistic;
        return lambda < 1.18 ? 1 - LowerSeries(lambda) : UpperSeries(lambda);
    }

    /// <summary>
    /// The exact p-value: the chance that the two empirical distributions differ by at least <paramref name="distance"/> / lcm(m, n) somewhere,
    /// under every order of the pooled values being equally likely. A walk over the anti-diagonals of the m × n grid, whose mass is taken out where
    /// it first reaches the boundary: only positive terms are added, so p-values far below 1e-100 keep their digits.
    /// </summary>
    internal static double ExactP(int m, int n, long distance)
    {
        if (distance <= 0)
        {
            return 1;
        }
        var divisor = GreatestCommonDivisor(m, n);
        var a = n / divisor;
        var b = m / divisor;
        var mass = new double[m + 2];
        mass[0] = 1;
        var reached = 0.0;
        var low = 0L;
        var high = 0L;
        for (long s = 0; s < m + n; s++)
        {
            var remaining = (double)(m + n - s);
            // Mass at step s lies in [low, high]; each part goes up (i + 1) or right (j + 1).
            for (var i = high; i >= low; i--)
            {
                var here = mass[i];
                if (here == 0)
                {
                    continue;
                }
                mass[i + 1] += here * ((m - i) / remaining);
                mass[i] = here * ((n - (s - i)) / remaining);
            }
            high = Math.Min(high + 1, m);
            low = Math.Max(low, s + 1 - n);
            while (high >= low && At(high, s + 1) >= distance)
            {
                reached += mass[high];
                mass[high--] = 0;
            }
            while (low <= high && At(low, s + 1) <= -distance)
            {
                reached += mass[low];
                mass[low++] = 0;
            }
        }
        return Math.Min(1, reached);

        long At(long i, long s) => (i * a) - ((s - i) * b);
    }

    private static long Distance(ReadOnlySpan<double> first, ReadOnlySpan<double> second, long firstStep, long secondStep)
    {
        var i = 0;
        var j = 0;
        var greatest = 0L;
        while (i < first.Length && j < second.Length)
        {
            var value = Math.Min(first[i], second[j]);
            while (i < first.Length && first[i] <= value)
            {
                i++;
            }
            while (j < second.Length && second[j] <= value)
            {
                j++;
            }
            greatest = Math.Max(greatest, Math.Abs((i * firstStep) - (j * secondStep)));
        }
        return greatest;
    }

    private static double UpperSeries(double lambda)
    {
        var sum = 0.0;
        for (var k = 1; k <= 100; k++)
        {
            var term = Math.Exp(-2.0 * k * k * lambda * lambda);
            sum += k % 2 == 1 ? term : -term;
            if (term < 1e-18 * sum)
            {
                break;
            }
        }
        return Math.Clamp(2 * sum, 0, 1);
    }

    private static double LowerSeries(double lambda)
    {
        if (lambda < 0.05)
        {
            return 0;
        }
        var sum = 0.0;
        for (var k = 1; k <= 20; k++)
        {
            var odd = (2 * k) - 1;
            sum += Math.Exp(-odd * odd * Math.PI * Math.PI / (8 * lambda * lambda));
        }
        return Math.Clamp(Math.Sqrt(2 * Math.PI) / lambda * sum, 0, 1);
    }

    private static long GreatestCommonDivisor(long a, long b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }
        return a;
    }
}
