using System.Text;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Outcomes;

namespace Slipway.Monitoring.Worker.Tests.Outcomes;

public sealed class OutcomeCsvTests
{
    [Theory]
    [InlineData("", "line 1: the header is missing")]
    [InlineData("value\n1\n", "line 1: the column predictionId is missing")]
    [InlineData("predictionId\na\n", "line 1: one of the columns value and label")]
    [InlineData("predictionId,value,colour\na,1,red\n", "line 1: unknown column 'colour'")]
    [InlineData("predictionId,value,value\na,1,1\n", "line 1: a column is named twice")]
    [InlineData("predictionId,value\na,1\nb,2,3\n", "line 3: 3 fields where the header has 2")]
    [InlineData("predictionId,value\na,1\nb\n", "line 3: 1 fields where the header has 2")]
    [InlineData("predictionId,value\na,one\n", "line 2, value: 'one' is not a number")]
    [InlineData("predictionId,value\na,NaN\n", "line 2, value: A value must be a finite number")]
    [InlineData("predictionId,value\n,1\n", "line 2, predictionId")]
    [InlineData("predictionId,value\na,\n", "line 2, value: An outcome has either")]
    [InlineData("predictionId,value,observedAt\na,1,soon\n", "line 2, observedAt: 'soon'")]
    [InlineData("predictionId,label\na,\"never closed\nb,2\n", "a quotation mark is opened and never closed")]
    [InlineData("predictionId,label\na,\"x\"y\n", "text follows a closing quotation mark")]
    public void Parse_Malformed_NamesLineAndField(string csv, string expected)
    {
        var parse = OutcomeCsv.Parse(Encoding.UTF8.GetBytes(csv));
        Assert.Contains(parse.Errors, e => e.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Parse_NotUtf8_IsRefused()
    {
        byte[] latin = [.. "predictionId,label\na,"u8, 0xE9, (byte)'\n'];
        Assert.Equal("The body is not UTF-8.", Assert.Single(OutcomeCsv.Parse(latin).Errors));
    }

    [Fact]
    public void Parse_AnyOrderMarkAndQuotes_ReadsEveryField()
    {
        const string Csv =
            "\uFEFFobservedAt,label,predictionId,value\r\n2026-01-02T03:04:05Z,,a,1.5e2\r\n\r\n,\"rain, \"\"heavy\"\"\",b,\r\n";
        var parse = OutcomeCsv.Parse(Encoding.UTF8.GetBytes(Csv));
        Assert.Empty(parse.Errors);
        Assert.Equal(
            [
                new Outcome
                {
                    PredictionId = "a",
                    Value = 150,
                    ObservedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
                },
                new Outcome { PredictionId = "b", Label = "rain, \"heavy\"" },
            ],
            parse.Outcomes
        );
    }

    [Fact]
    public void Parse_HeaderOnly_IsEmpty()
    {
        var parse = OutcomeCsv.Parse("predictionId,value\n"u8.ToArray());
        Assert.Empty(parse.Errors);
        Assert.Empty(parse.Outcomes);
    }
}
