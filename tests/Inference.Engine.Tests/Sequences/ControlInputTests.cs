using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Sequences;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Tests.Sequences;

public sealed class ControlInputTests
{
    [Theory]
    [InlineData(ElementType.UInt64, "18446744073709551615", true)]
    [InlineData(ElementType.Int64, "9223372036854775808", false)]
    [InlineData(ElementType.UInt32, "4294967295", true)]
    [InlineData(ElementType.Int32, "2147483648", false)]
    [InlineData(ElementType.Int32, "-1", false)]
    [InlineData(ElementType.UInt64, "a", false)]
    [InlineData(ElementType.Bytes, "any text", true)]
    public void TryCreate_CorrelationId_MustBeOfTheInputsType(ElementType type, string id, bool fits)
    {
        var input = new ModelTensor("id", type, [-1, 1], ["n", ""]);
        var control = new SequenceControl(SequenceControlKind.CorrelationId, "id");

        var created = ControlTensor.TryCreate(control, input, new SequenceStep(id, true, false), 2, out var tensor);

        Assert.Equal(fits, created);
        Assert.Equal(fits ? [2, 1] : null, tensor?.Shape);
        tensor?.Dispose();
    }

    [Theory]
    [InlineData(SequenceControlKind.Start, true, false, 7)]
    [InlineData(SequenceControlKind.Start, false, true, -7)]
    [InlineData(SequenceControlKind.End, true, false, -7)]
    [InlineData(SequenceControlKind.End, false, true, 7)]
    [InlineData(SequenceControlKind.Ready, false, false, 7)]
    public void TryCreate_Flag_HasOneValueForEachRow(SequenceControlKind kind, bool starts, bool ends, int expected)
    {
        var input = new ModelTensor("c", ElementType.Int32, [-1], ["n"]);
        var control = new SequenceControl(kind, "c", -7, 7);

        Assert.True(ControlTensor.TryCreate(control, input, new SequenceStep("s", starts, ends), 3, out var tensor));

        using (tensor)
        {
            Assert.Equal([expected, expected, expected], tensor.AsSpan<int>());
        }
    }

    [Fact]
    public void Check_TypeThatCannotSayIt_IsRefused()
    {
        var input = new ModelTensor("c", ElementType.Fp64, [-1], ["n"]);

        Assert.Throws<ArgumentException>(() => ControlTensor.Check(new SequenceControl(SequenceControlKind.Start, "c"), input));
        Assert.Throws<ArgumentException>(() => ControlTensor.Check(new SequenceControl(SequenceControlKind.CorrelationId, "c"), input));
    }
}
