using System.Text;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Datasets;

namespace Slipway.Training.Worker.Tests.Datasets;

public sealed class CsvHeaderTests
{
    [Theory]
    [InlineData("temp,hum,outcome\n1,2,3\n", "temp,hum,cnt\n1,2,3\n")]
    [InlineData("temp,outcome\r\n1,2\r\n", "temp,cnt\n1,2\r\n")]
    [InlineData("\uFEFFtemp,outcome\n1,2\n", "temp,cnt\n1,2\n")]
    [InlineData("outcome\n1\n", "cnt\n1\n")]
    [InlineData("temp,outcome", "temp,cnt\n")]
    [InlineData("\"a,b\",\"say \"\"x\"\"\",\"line\nbreak\",outcome\n1,2,3,4\n", "\"a,b\",\"say \"\"x\"\"\",\"line\nbreak\",cnt\n1,2,3,4\n")]
    public async Task RenameOutcomeAsync_OfPredictions_GivesTheLastColumnTheTargetsName(string csv, string expected)
    {
        var (error, text) = await RenameAsync(csv, "cnt");

        Assert.Null(error);
        Assert.Equal(expected, text);
    }

    [Fact]
    public async Task RenameOutcomeAsync_TargetWithAComma_IsQuoted()
    {
        var (_, text) = await RenameAsync("temp,outcome\n1,2\n", "rents, per hour");

        Assert.Equal("temp,\"rents, per hour\"\n1,2\n", text);
    }

    [Fact]
    public async Task RenameOutcomeAsync_RowsLargerThanItsBuffer_CopiesAllOfThem()
    {
        var header = string.Join(',', Enumerable.Range(0, 2_000).Select(i => $"column{i}"));
        var rows = string.Concat(Enumerable.Repeat(string.Join(',', Enumerable.Range(0, 2_001)) + "\n", 50));
        var (error, text) = await RenameAsync($"{header},outcome\n{rows}", "cnt");

        Assert.Null(error);
        Assert.Equal($"{header},cnt\n{rows}", text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("temp,hum\n1,2\n")]
    [InlineData("outcome,temp\n1,2\n")]
    [InlineData("cnt,outcome\n1,2\n")]
    public async Task RenameOutcomeAsync_OfAnotherHeader_SaysWhy(string csv)
    {
        var (error, _) = await RenameAsync(csv, "cnt");

        Assert.Equal("dataset_header", error!.Code);
    }

    [Fact]
    public async Task RenameOutcomeAsync_HeaderWithoutEnd_StopsAtABound()
    {
        var (error, _) = await RenameAsync("\"" + new string('x', 3 << 20), "cnt");

        Assert.Equal("dataset_header", error!.Code);
    }

    private static async Task<(BadInput? Error, string Text)> RenameAsync(string csv, string target)
    {
        using var source = new MemoryStream(Encoding.UTF8.GetBytes(csv));
        using var destination = new MemoryStream();
        var error = await CsvHeader.RenameOutcomeAsync(source, destination, target, default);
        return (error, Encoding.UTF8.GetString(destination.ToArray()));
    }
}
