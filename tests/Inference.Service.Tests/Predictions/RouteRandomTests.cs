using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Tests.Predictions;

public sealed class RouteRandomTests
{
    [Fact]
    public void Next_ManyDraws_AreUniform()
    {
        var random = new RouteRandom(1);
        var counts = new int[10];
        for (var i = 0; i < 100_000; i++)
        {
            counts[(int)(random.Next() * 10)]++;
        }

        // Chi-squared with 9 degrees of freedom: 27.9 is passed once in a thousand, and the seed is fixed.
        Assert.InRange(counts.Sum(count => Math.Pow(count - 10_000, 2) / 10_000), 0, 27.9);
    }

    [Fact]
    public void Next_SameSeed_GivesTheSameDraws()
    {
        var (first, second) = (new RouteRandom(5), new RouteRandom(5));

        Assert.Equal(Enumerable.Range(0, 100).Select(_ => first.Next()), Enumerable.Range(0, 100).Select(_ => second.Next()));
    }
}
