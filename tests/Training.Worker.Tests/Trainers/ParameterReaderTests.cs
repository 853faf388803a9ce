using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Tests.Trainers;

public sealed class ParameterReaderTests
{
    [Fact]
    public void Used_NothingGiven_HoldsDefaults()
    {
        var reader = new ParameterReader(new Dictionary<string, string>());

        Assert.Equal(7, reader.Int("depth", 7, 1, 9));
        Assert.Equal(0.5, reader.Number("rate", 0.5, 0, 1));
        Assert.True(reader.Flag("refit", true));
        Assert.Equal("tail", reader.Choice("split", "tail", "tail", "random"));
        Assert.Null(reader.Finish());
        Assert.Equal("0.5", reader.Used["rate"]);
        Assert.Equal("true", reader.Used["refit"]);
    }

    [Theory]
    [InlineData("depth", "0")]
    [InlineData("depth", "10")]
    [InlineData("depth", "3.5")]
    [InlineData("depth", "many")]
    [InlineData("rate", "1.01")]
    [InlineData("rate", "NaN")]
    [InlineData("rate", "0,5")]
    [InlineData("refit", "yes")]
    [InlineData("split", "sideways")]
    public void Finish_WrongValue_NamesParameterAndValue(string name, string value)
    {
        var reader = new ParameterReader(new Dictionary<string, string> { [name] = value });
        reader.Int("depth", 7, 1, 9);
        reader.Number("rate", 0.5, 0, 1);
        reader.Flag("refit", true);
        reader.Choice("split", "tail", "tail", "random");

        var error = reader.Finish();

        Assert.Equal("parameter_out_of_range", error?.Code);
        Assert.Equal(name, error?.Parameter);
        Assert.Contains($"'{value}'", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Finish_UnknownName_ListsKnownOnes()
    {
        var reader = new ParameterReader(new Dictionary<string, string> { ["dpeth"] = "3" });
        reader.Int("depth", 7, 1, 9);

        var error = reader.Finish();

        Assert.Equal("unknown_parameter", error?.Code);
        Assert.Equal("dpeth", error?.Parameter);
        Assert.Contains("depth", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_List_TrimmedWithoutEmptyEntries()
    {
        var reader = new ParameterReader(new Dictionary<string, string> { ["exclude"] = " a, b ,,c" });

        Assert.Equal(["a", "b", "c"], reader.Names("exclude"));
    }
}
