using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Tests.Tensors;

public sealed class TensorNumbersTests
{
    [Theory]
    [InlineData(ElementType.Bool, 1)]
    [InlineData(ElementType.UInt8, 255)]
    [InlineData(ElementType.UInt16, 65535)]
    [InlineData(ElementType.UInt32, 4294967295)]
    [InlineData(ElementType.UInt64, 9007199254740992)]
    [InlineData(ElementType.Int8, -128)]
    [InlineData(ElementType.Int16, -32768)]
    [InlineData(ElementType.Int32, -2147483648)]
    [InlineData(ElementType.Int64, -9007199254740992)]
    [InlineData(ElementType.Fp16, -1.5)]
    [InlineData(ElementType.Bf16, -1.5)]
    [InlineData(ElementType.Fp32, 0.25)]
    [InlineData(ElementType.Fp64, 0.1)]
    public void TryWrite_ValueThatFits_IsReadBack(ElementType type, double value)
    {
        using var tensor = Tensor.Rent("x", type, 1);

        Assert.True(TensorNumbers.TryWrite(tensor, 0, value));
        Assert.Equal(value, TensorNumbers.Read(tensor, 0));
    }

    [Theory]
    [InlineData(ElementType.Bool, 2)]
    [InlineData(ElementType.UInt8, 256)]
    [InlineData(ElementType.UInt8, -1)]
    [InlineData(ElementType.UInt64, -1)]
    [InlineData(ElementType.UInt64, 18446744073709551616.0)]
    [InlineData(ElementType.Int8, 128)]
    [InlineData(ElementType.Int32, 1.5)]
    [InlineData(ElementType.Int64, 9223372036854775808.0)]
    [InlineData(ElementType.Int64, double.NaN)]
    [InlineData(ElementType.Int64, double.PositiveInfinity)]
    [InlineData(ElementType.Fp16, 1e6)]
    [InlineData(ElementType.Bf16, 1e39)]
    [InlineData(ElementType.Fp32, 1e39)]
    public void TryWrite_ValueThatDoesNotFit_IsRefused(ElementType type, double value)
    {
        using var tensor = Tensor.Rent("x", type, 1);

        Assert.False(TensorNumbers.TryWrite(tensor, 0, value));
    }

    [Theory]
    [InlineData(ElementType.Fp16)]
    [InlineData(ElementType.Bf16)]
    [InlineData(ElementType.Fp32)]
    [InlineData(ElementType.Fp64)]
    public void TryWrite_NaNAndInfinity_AreFloatingPointValues(ElementType type)
    {
        using var tensor = Tensor.Rent("x", type, 2);

        Assert.True(TensorNumbers.TryWrite(tensor, 0, double.NaN));
        Assert.True(TensorNumbers.TryWrite(tensor, 1, double.NegativeInfinity));
        Assert.Equal([double.NaN, double.NegativeInfinity], TensorNumbers.ToArray(tensor));
    }

    [Fact]
    public void TryWrite_LargeIntegers_AreExact()
    {
        using var signed = Tensor.Rent("x", ElementType.Int64, 1);
        using var unsigned = Tensor.Rent("x", ElementType.UInt64, 1);

        Assert.True(TensorNumbers.TryWrite(signed, 0, long.MaxValue));
        Assert.True(TensorNumbers.TryWrite(unsigned, 0, long.MaxValue));

        Assert.Equal(long.MaxValue, signed.AsSpan<long>()[0]);
        Assert.Equal((ulong)long.MaxValue, unsigned.AsSpan<ulong>()[0]);
    }

    [Fact]
    public void TryWrite_Bf16_RoundsToTheNearestEven()
    {
        using var tensor = Tensor.Rent("x", ElementType.Bf16, 3);

        // 1 + 2^-8 lies halfway between two values, 1 + 3·2^-8 too; just above halfway goes up.
        TensorNumbers.TryWrite(tensor, 0, 1 + Math.Pow(2, -8));
        TensorNumbers.TryWrite(tensor, 1, 1 + (3 * Math.Pow(2, -8)));
        TensorNumbers.TryWrite(tensor, 2, 1 + Math.Pow(2, -8) + Math.Pow(2, -16));

        Assert.Equal([1, 1 + Math.Pow(2, -6), 1 + Math.Pow(2, -7)], TensorNumbers.ToArray(tensor));
    }
}
