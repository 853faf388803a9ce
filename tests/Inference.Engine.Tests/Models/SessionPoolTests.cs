using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Models;

public sealed class SessionPoolTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SessionPool _pool = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Acquire_SameKeyFromManyThreads_OpensOnce()
    {
        var path = OnnxModelBuilder.Linear().Save(_folder.Path);
        var opened = 0;

        var shares = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => _pool.Acquire("a", Open))));

        Assert.Equal(1, opened);
        Assert.Single(shares.Select(share => share.Session).Distinct());
        foreach (var share in shares.Skip(1))
        {
            share.Dispose();
            share.Dispose();
        }

        using var x = Tensor.Create("x", [1f, 2f], 1, 2);
        using (var result = shares[0].Session.Run([x], CancellationToken.None))
        {
            Assert.Equal([9f], result.Outputs[0].AsSpan<float>());
        }

        shares[0].Dispose();
        Assert.Equal(0, _pool.Count);

        ModelSession Open()
        {
            Interlocked.Increment(ref opened);
            return ModelSession.Load(path, new ModelSessionOptions());
        }
    }

    [Fact]
    public void Acquire_OpeningFails_IsTriedAgainByTheNext()
    {
        var path = OnnxModelBuilder.Linear().Save(_folder.Path);

        Assert.Throws<ModelLoadException>(() => _pool.Acquire("a", () => throw new ModelLoadException("code", "no")));
        using var share = _pool.Acquire("a", () => ModelSession.Load(path, new ModelSessionOptions()));

        Assert.Equal(1, _pool.Count);
    }
}
