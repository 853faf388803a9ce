using System.Text;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.V2;

namespace Slipway.Inference.Service.Tests.V2;

public sealed class V2ParametersTests
{
    [Theory]
    [InlineData("""{"sequence_id":42,"sequence_start":true}""", "42", true, false)]
    [InlineData("""{"sequence_id":"call-7","sequence_end":true}""", "call-7", false, true)]
    [InlineData("""{"sequence_end":true,"sequence_start":true,"sequence_id":18446744073709551615}""", "18446744073709551615", true, true)]
    [InlineData("""{"sequence_id":0,"sequence_start":true}""", null, false, false)]
    [InlineData("""{"sequence_id":"","sequence_start":true}""", null, false, false)]
    [InlineData("""{"sequence_start":true}""", null, false, false)]
    [InlineData("{}", null, false, false)]
    public void Read_Sequence_IsANumberOrATextAndNoneForZero(string json, string? id, bool starts, bool ends)
    {
        var step = Read(json).Sequence.Step;

        Assert.Equal(id, step?.CorrelationId);
        Assert.Equal((starts, ends), (step?.Starts ?? false, step?.Ends ?? false));
    }

    [Theory]
    [InlineData("""{"sequence_id":-1}""")]
    [InlineData("""{"sequence_id":1.5}""")]
    [InlineData("""{"sequence_id":true}""")]
    [InlineData("""{"sequence_id":1,"sequence_start":"yes"}""")]
    public void Read_SequenceThatIsNone_IsRefused(string json) => Assert.Throws<RequestRefusedException>(() => Read(json));

    private static V2Parameters Read(string json)
    {
        var cursor = new JsonCursor(Encoding.UTF8.GetBytes(json), 10);
        return V2Parameters.Read(ref cursor);
    }
}
