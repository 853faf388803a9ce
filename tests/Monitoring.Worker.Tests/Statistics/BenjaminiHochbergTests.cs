using Slipway.Monitoring.Worker.Statistics;

namespace Slipway.Monitoring.Worker.Tests.Statistics;

public sealed class BenjaminiHochbergTests
{
    // The example of the original paper (section 3.1): 15 tests, of which the procedure rejects the first four at 0.05.
    private static readonly double[] s_paper =
    [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0000,
    ];

    [Fact]
    public void Adjust_OnThePapersExample_RejectsFour() =>
        Assert.Equal([0, 1, 2, 3], Enumerable.Range(0, s_paper.Length).Where(i => BenjaminiHochberg.Adjust(s_paper)[i] <= 0.05));

    [Fact]
    public void Adjust_AnyOrder_KeepsEachWithItsTest()
    {
        double[] reversed = [.. s_paper.Reverse()];
        Assert.Equal(BenjaminiHochberg.Adjust(s_paper).Reverse(), BenjaminiHochberg.Adjust(reversed));
    }

    [Fact]
    public void Adjust_ByHand_TakesTheLeastFromBehind() =>
        Assert.Equal([0.03, 0.04, 0.04], BenjaminiHochberg.Adjust([0.01, 0.03, 0.04]), (a, b) => Math.Abs(a - b) < 1e-12);

    [Fact]
    public void Adjust_None_IsEmpty() => Assert.Empty(BenjaminiHochberg.Adjust([]));
}
