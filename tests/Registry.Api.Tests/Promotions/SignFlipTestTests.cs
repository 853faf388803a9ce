using Slipway.Registry.Api.Promotions.Gates;

namespace Slipway.Registry.Api.Tests.Promotions;

/// <summary>
/// Expected values: SciPy 1.10.1, <c>scipy.stats.permutation_test((x,), sum, permutation_type='samples', alternative='greater')</c> with all sign assignments for
/// the exact cases and 20,000 or 200,000 random ones for the others, and <c>scipy.stats.norm.sf</c>.
/// </summary>
public sealed class SignFlipTestTests
{
    public static TheoryData<double[], double> ExactVectors =>
        new()
        {
            { [0.3, -0.1, 0.2, 0.4, -0.2], 0.21875 },
            { [1, 2, 3, 4, 5, 6, 7, 8], 0.00390625 },
            { [0.5, -0.5, 0.25, -0.25, 1.0], 0.3125 },
            { [-1.5, 0.2, 0.1, -0.3, 0.05, -0.7], 0.875 },
            { [2, -1, 0, 3, 0, 1], 0.1875 },
            { [0.201, 0.499, -0.074, -0.691, -0.255, -0.792, 0.26, 1.54, -0.292, -0.42], 0.5048828125 },
            { [0.69, 0.557, 0.305, -0.73, 0.171, 0.895, -1.144, -0.258, -1.701, -1.09, -1.642, -0.035], 0.885986328125 },
            { [-1.067, 0.471, 0.357, 0.013, -2.317, -0.339, 0.151, 0.313, -1.33, -0.278, -0.779, -0.609, 1.261, -0.608], 0.91070556640625 },
        };

    [Theory]
    [MemberData(nameof(ExactVectors))]
    public void PValueGreater_FewRows_IsExact(double[] differences, double expected) =>
        Assert.Equal(expected, SignFlipTest.PValueGreater(differences), 1e-12);

    [Fact]
    public void PValueGreater_FortyRows_IsNearTheSameTestElsewhere()
    {
        double[] differences =
        [
            0.067,
            0.984,
            -0.484,
            -0.012,
            0.21,
            0.164,
            -1.125,
            0.176,
            1.459,
            -1.447,
            0.959,
            0.219,
            -0.541,
            2.1,
            0.862,
            -1.099,
            0.175,
            0.677,
            -0.089,
            0.783,
            0.033,
            0.767,
            1.539,
            -0.576,
            0.303,
            -0.363,
            0.227,
            -1.087,
            -0.479,
            -0.096,
            0.999,
            1.245,
            -1.224,
            -0.695,
            0.747,
            -1.892,
            -0.363,
            0.003,
            1.357,
            0.789,
        ];

        var p = SignFlipTest.PValueGreater(differences);

        // Four standard errors of 9,999 draws, and of SciPy's 200,000.
        Assert.Equal(0.1763441182794086, p, 4 * Math.Sqrt(0.176 * 0.824 * (1 / 9_999.0 + 1 / 200_000.0)));
        // The same rows have the same verdict.
        Assert.Equal(p, SignFlipTest.PValueGreater(differences));
    }

    [Theory]
    [InlineData(0.012, 0.08019599020048998)]
    [InlineData(-0.005, 0.6772661366931654)]
    public void PValueGreater_ManyRows_IsNearTheSameTestElsewhere(double shift, double expected)
    {
        double[] differences = [.. Enumerable.Range(1, 6_000).Select(i => Math.Sin((double)i * i) + shift)];

        Assert.Equal(expected, SignFlipTest.PValueGreater(differences), 4 * Math.Sqrt(expected * (1 - expected) / 20_000));
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.5, 0.3085375387259869)]
    [InlineData(1, 0.15865525393145707)]
    [InlineData(1.645, 0.049984905539121376)]
    [InlineData(1.96, 0.024997895148220435)]
    [InlineData(3, 0.0013498980316300933)]
    [InlineData(5, 2.866515718791933e-07)]
    [InlineData(-1.2, 0.8849303297782918)]
    public void UpperTail_IsWithinItsStatedError(double z, double expected) =>
        Assert.Equal(1, SignFlipTest.UpperTail(z) / expected, 1.2e-7);

    [Fact]
    public void PValueGreater_NoDifference_SaysNothing()
    {
        Assert.Equal(1, SignFlipTest.PValueGreater([]));
        Assert.Equal(1, SignFlipTest.PValueGreater([0, 0, 0]));
    }
}
