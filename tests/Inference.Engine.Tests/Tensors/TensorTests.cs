using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Tests.Tensors;

public sealed class TensorTests
{
    [Fact]
    public void SliceRows_SharesTheMemory()
    {
        using var all = Tensor.Create("x", [1f, 2f, 3f, 4f, 5f, 6f], 3, 2);
        using var last = all.SliceRows(2, 1);

        all.AsSpan<float>()[4] = 50;

        Assert.Equal([1L, 2L], last.Shape);
        Assert.Equal([50f, 6f], last.AsSpan<float>().ToArray());
    }

    [Fact]
    public void Dispose_OneOfTwoOwners_LeavesTheOther()
    {
        var first = Tensor.Create("x", [1f, 2f], 2);
        using var second = first.Share();

        first.Dispose();
        first.Dispose();

        Assert.Equal([1f, 2f], second.AsSpan<float>().ToArray());
        Assert.Throws<ObjectDisposedException>(() => first.RawBytes.Length);
    }

    [Fact]
    public void Rent_AfterDispose_TakesTheSameMemoryAgain()
    {
        var pool = new PinnedBufferPool(1 << 20);
        var first = pool.Rent(5000);
        pool.Return(first);

        Assert.Equal(8192, first.Length);
        Assert.Same(first, pool.Rent(8192));
        Assert.NotSame(first, pool.Rent(5000));
    }

    [Fact]
    public void Return_BeyondTheLimit_KeepsNothing()
    {
        var pool = new PinnedBufferPool(10_000);

        pool.Return(new byte[8192]);
        pool.Return(new byte[8192]);
        pool.Return(new byte[77]);

        Assert.Equal(8192, pool.RetainedBytes);
    }

    [Fact]
    public void Return_ToAPoolFullOfLargerOnes_TakesThePlaceOfOne()
    {
        var pool = new PinnedBufferPool(2 * 8192);
        pool.Return(new byte[8192]);
        pool.Return(new byte[8192]);
        var small = new byte[64];

        pool.Return(small);

        Assert.Equal(8192 + 64, pool.RetainedBytes);
        Assert.Same(small, pool.Rent(64));
    }

    [Fact]
    public void Rent_ShapeThatIsNoTensor_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Tensor.Rent("x", ElementType.Fp32, -1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tensor.Rent("x", ElementType.Fp32, long.MaxValue, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tensor.Rent("x", ElementType.Fp64, 1 << 20, 1 << 20));
        Assert.Throws<ArgumentException>(() => Tensor.Rent("x", ElementType.Bytes, 1));
    }

    [Theory]
    [InlineData(new long[] { }, 1)]
    [InlineData(new long[] { 0, 5 }, 0)]
    [InlineData(new long[] { 2, 3, 4 }, 24)]
    public void TryCountElements_Shape_IsTheProduct(long[] shape, int expected)
    {
        Assert.True(TensorShape.TryCountElements(shape, out var count));
        Assert.Equal(expected, count);
    }

    [Fact]
    public void TryCountElements_OverflowBehindAZero_IsRefused() =>
        Assert.False(TensorShape.TryCountElements([0, int.MaxValue, int.MaxValue, int.MaxValue], out _));

    [Fact]
    public void AsSpan_WrongWidth_IsRefused()
    {
        using var tensor = Tensor.Create("x", [1f], 1);

        Assert.Throws<InvalidOperationException>(() => tensor.AsSpan<double>().Length);
    }

    [Fact]
    public void TryParse_EveryType_RoundTrips()
    {
        foreach (var type in Enum.GetValues<ElementType>())
        {
            Assert.True(ElementTypes.TryParse(type.WireName(), out var parsed));
            Assert.Equal(type, parsed);
        }

        Assert.False(ElementTypes.TryParse("fp32", out _));
        Assert.False(ElementTypes.TryParse(null, out _));
    }
}
