namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>
/// The paired permutation test of a mean difference (Fisher, <i>The Design of Experiments</i>, 1935, section 21; Good, <i>Permutation, Parametric and Bootstrap
/// Tests of Hypotheses</i>, 2005): were both versions equal, each row's difference would as well have the other sign. Exact up to 16 rows, by 9,999 random sign
/// assignments up to 5,000, and by the normal limit of the same distribution beyond.
/// </summary>
internal static class SignFlipTest
{
    private const int MaxExact = 16;
    private const int MaxRandom = 5_000;
    private const int Resamples = 9_999;

    /// <summary>The probability of a sum at least as great as that of <paramref name="differences"/> (one-sided).</summary>
    public static double PValueGreater(ReadOnlySpan<double> differences, int seed = 1)
    {
        // Rows without a difference count for both sides alike, and more of them than anything else would cost.
        var nonZero = new double[differences.Length];
        var count = 0;
        foreach (var difference in differences)
        {
            if (difference != 0)
            {
                nonZero[count++] = difference;
            }
        }
        var rows = nonZero.AsSpan(0, count);
        return count switch
        {
            0 => 1,
            <= MaxExact => Exact(rows),
            <= MaxRandom => Random(rows, seed),
            _ => Normal(rows),
        };
    }

    private static double Exact(ReadOnlySpan<double> rows)
    {
        var (observed, slack) = Observe(rows);
        var atLeast = 0;
        var all = 1 << rows.Length;
        for (var signs = 0; signs < all; signs++)
        {
            var sum = 0d;
            for (var i = 0; i < rows.Length; i++)
            {
                sum += (signs >> i & 1) == 0 ? Math.Abs(rows[i]) : -Math.Abs(rows[i]);
            }
            atLeast += sum >= observed - slack ? 1 : 0;
        }
        return (double)atLeast / all;
    }

    private static double Random(ReadOnlySpan<double> rows, int seed)
    {
        var (observed, slack) = Observe(rows);
        // Seeded: the same rows have the same verdict, however often they are judged.
#pragma warning disable CA5394 // A test of hypotheses needs no secret numbers.
        var random = new Random(seed);
        var atLeast = 1;
        Span<byte> bits = stackalloc byte[(MaxRandom + 7) / 8];
        for (var i = 0; i < Resamples; i++)
        {
            random.NextBytes(bits);
            var sum = 0d;
            for (var row = 0; row < rows.Length; row++)
            {
                sum += (bits[row >> 3] >> (row & 7) & 1) == 0 ? rows[row] : -rows[row];
            }
            atLeast += sum >= observed - slack ? 1 : 0;
        }
#pragma warning restore CA5394 // see above
        return (double)atLeast / (Resamples + 1);
    }

    private static double Normal(ReadOnlySpan<double> rows)
    {
        var sum = 0d;
        var squares = 0d;
        foreach (var row in rows)
        {
            sum += row;
            squares += row * row;
        }
        return UpperTail(sum / Math.Sqrt(squares));
    }

    /// <summary>The observed sum, and how much rounding may part two equal sums.</summary>
    private static (double Sum, double Slack) Observe(ReadOnlySpan<double> rows)
    {
        var sum = 0d;
        var size = 0d;
        foreach (var row in rows)
        {
            sum += row;
            size += Math.Abs(row);
        }
        return (sum, size * 1e-12);
    }

    /// <summary>P(Z ≥ z): the complementary error function by Chebyshev fit, relative error below 1.2e-7 (Press et al., <i>Numerical Recipes</i>, 6.2).</summary>
    internal static double UpperTail(double z)
    {
        var x = Math.Abs(z) / Math.Sqrt(2);
        var t = 1 / (1 + 0.5 * x);
        ReadOnlySpan<double> c =
        [
            -1.26551223,
            1.00002368,
            0.37409196,
            0.09678418,
            -0.18628806,
            0.27886807,
            -1.13520398,
            1.48851587,
            -0.82215223,
            0.17087277,
        ];
        var polynomial = 0d;
        for (var i = c.Length - 1; i >= 0; i--)
        {
            polynomial = polynomial * t + c[i];
        }
        var tail = 0.5 * t * Math.Exp(-x * x + polynomial);
        return z >= 0 ? tail : 1 - tail;
    }
}
