using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Tests.Trainers;

public sealed class FeatureSchemaTests
{
    private readonly Table _table = new(
        [MixedData.Category("c", ["b", "a", "b", "", "c", "new"]), new NumericColumn("n", [1, 2, 3, 4, 5, float.NaN])],
        6
    );

    [Fact]
    public void Fit_Categories_MostFrequentFirstOfTrainingRowsAlone()
    {
        var schema = FeatureSchema.Fit(_table, ["c", "n"], [0, 1, 2, 3, 4], maxCategories: 10);

        Assert.Equal(["b", "a", "c"], schema.Features[0].Categories);
        Assert.True(schema.Features[0].HadMissing);
        Assert.False(schema.Features[1].HadMissing);
    }

    [Fact]
    public void Select_UnknownRareOrMissing_IsMinusOne()
    {
        var schema = FeatureSchema.Fit(_table, ["c", "n"], [0, 1, 2, 3, 4], maxCategories: 2);

        var rows = schema.Select(_table, [5, 4, 3, 1, 0]);

        Assert.Equal([-1, -1, -1, 1, 0], rows.Codes(0));
        Assert.Equal([float.NaN, 5, 4, 2, 1], rows.Numbers(1));
    }
}
