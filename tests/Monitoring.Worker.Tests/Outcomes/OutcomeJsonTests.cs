using System.Text;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Outcomes;

namespace Slipway.Monitoring.Worker.Tests.Outcomes;

public sealed class OutcomeJsonTests
{
    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("[]", "array 'outcomes'")]
    [InlineData("{}", "array 'outcomes'")]
    [InlineData("{\"outcomes\":{}}", "array 'outcomes'")]
    [InlineData("{\"outcomes\":[{\"predictionId\":\"a\",\"value\":1}", "not JSON")]
    [InlineData("{\"outcomes\":[1]}", "outcomes[0]: must be an object")]
    [InlineData("{\"outcomes\":[{\"predictionId\":\"a\",\"value\":1},{\"value\":1}]}", "outcomes[1].predictionId")]
    [InlineData("{\"outcomes\":[{\"predictionId\":7,\"value\":1}]}", "outcomes[0].predictionId: must be a text")]
    [InlineData("{\"outcomes\":[{\"predictionId\":\"a b\",\"value\":1}]}", "outcomes[0].predictionId")]
    [InlineData("{\"outcomes\":[{\"predictionId\":\"a\"}]}", "outcomes[0].value: An outcome has either")]
    [InlineData("{\"outcomes\":[{\"predictionId\":\"a\",\"value\":1,\"label\":\"x\"}]}", "outcomes[0].value: An outcome has either")]
    [InlineData("{\"outcomes\":[{\"predictionId\":\"a\",\"value\":\"1\"}]}", "outcomes[0].value: must be a number")]
    [InlineData("{\"outcomes\":[{\"predictionId\":\"a\",\"value\":1e999}]}", "outcomes[0].value: A value must be a finite number")]
    [InlineData("{\"outcomes\":[{\"predictionId\":\"a\",\"value\":NaN}]}", "not JSON")]
    [InlineData("{\"outcomes\":[{\"predictionId\":\"a\",\"label\":\"\"}]}", "outcomes[0].label")]
    [InlineData("{\"outcomes\":[{\"predictionId\":\"a\",\"label\":\"x\\u0000\"}]}", "outcomes[0].label")]
    [InlineData("{\"outcomes\":[{\"predictionId\":\"a\",\"label\":\"\\ud800\"}]}", "not valid UTF-8")]
    [InlineData("{\"outcomes\":[{\"predictionId\":\"a\",\"value\":1,\"observedAt\":\"yesterday\"}]}", "outcomes[0].observedAt")]
    [InlineData("{\"outcomes\":[{\"predictionId\":\"a\",\"value\":1,\"observedAt\":\"0001-01-01T00:00:00Z\"}]}", "outcomes[0].observedAt")]
    public void Parse_Malformed_NamesWhere(string json, string expected)
    {
        var parse = OutcomeJson.Parse(Encoding.UTF8.GetBytes(json));
        Assert.Contains(expected, Assert.Single(parse.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_Valid_ReadsEveryField()
    {
        var parse = OutcomeJson.Parse(
            "{\"outcomes\":[{\"predictionId\":\"a\",\"value\":-1.5,\"observedAt\":\"2026-01-02T03:04:05+01:00\",\"more\":[1]},{\"predictionId\":\"b\",\"label\":\"cat\",\"value\":null}]}"u8.ToArray()
        );
        Assert.Empty(parse.Errors);
        Assert.Equal(
            [
                new Outcome
                {
                    PredictionId = "a",
                    Value = -1.5,
                    ObservedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)),
                },
                new Outcome { PredictionId = "b", Label = "cat" },
            ],
            parse.Outcomes
        );
    }

    [Fact]
    public void Parse_ManyMistakes_StopsListing()
    {
        var json = $"{{\"outcomes\":[{string.Join(",", Enumerable.Repeat("1", 5000))}]}}";
        Assert.Equal(OutcomeParse.MaxErrors, OutcomeJson.Parse(Encoding.UTF8.GetBytes(json)).Errors.Count);
    }

    [Fact]
    public void Parse_MoreThanTheMost_SaysSo()
    {
        var items = string.Join(
            ",",
            Enumerable.Range(0, OutcomeBatch.MaxOutcomes + 1).Select(i => $"{{\"predictionId\":\"p{i}\",\"value\":1}}")
        );
        Assert.True(OutcomeJson.Parse(Encoding.UTF8.GetBytes($"{{\"outcomes\":[{items}]}}")).HasTooMany);
    }
}
