using Slipway.Contracts.Identifiers;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Tests.Predictions;

public sealed class PredictionIdsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, 890, TimeSpan.Zero);

    [Fact]
    public void Create_Id_IsAUuidOfVersion7WithItsTime()
    {
        var text = PredictionIds.Create(Now);

        var id = Guid.Parse(text);
        Assert.Equal(7, id.Version);
        Assert.InRange(id.Variant, 8, 11);
        Assert.Equal(Now.ToUnixTimeMilliseconds(), Convert.ToInt64(text.Replace("-", "", StringComparison.Ordinal)[..12], 16));
        Assert.True(PredictionId.TryParse(text, out _, out _));
    }

    [Fact]
    public async Task Create_ManyOnManyThreads_AreAllDifferent()
    {
        var ids = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => Enumerable.Range(0, 5000).Select(_ => PredictionIds.Create(Now)).ToArray()))
        );

        Assert.Equal(40_000, ids.SelectMany(batch => batch).Distinct().Count());
    }

    [Fact]
    public void Create_Later_SortsLater()
    {
        var first = PredictionIds.Create(Now);
        var second = PredictionIds.Create(Now.AddMilliseconds(1));

        Assert.True(string.CompareOrdinal(first, second) < 0);
    }
}
