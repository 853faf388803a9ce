using Slipway.Inference.Engine.Caching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Caching;

public sealed class CachedBackendTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SessionPool _pool = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task InferAsync_EqualInputs_AreAnsweredFromMemoryAndUnequalOnesAreNot()
    {
        await using var backend = Create(OnnxModelBuilder.Linear(), 1 << 20);

        Assert.Equal((9f, false), await AskAsync(backend, 1, 2));
        Assert.Equal((9f, true), await AskAsync(backend, 1, 2));
        Assert.Equal((8f, false), await AskAsync(backend, 2, 1));
        Assert.Equal((9f, true), await AskAsync(backend, 1, 2));
    }

    [Fact]
    public async Task InferAsync_EqualBytesInAnotherShape_IsAnotherRequest()
    {
        await using var backend = Create(OnnxModelBuilder.Identity(Onnx.TensorProto.Types.DataType.Float, "a", "b"), 1 << 20);
        using var wide = Tensor.Create("x", [1f, 2f], 1, 2);
        using var tall = Tensor.Create("x", [1f, 2f], 2, 1);

        using var first = await backend.InferAsync([wide], default, CancellationToken.None);
        using var second = await backend.InferAsync([tall], default, CancellationToken.None);

        Assert.False(second.IsFromCache);
        Assert.Equal([2L, 1L], second.Outputs[0].Shape);
    }

    [Fact]
    public async Task InferAsync_Texts_AreComparedByTheirBytes()
    {
        await using var backend = Create(OnnxModelBuilder.Identity(Onnx.TensorProto.Types.DataType.String, "n"), 1 << 20);

        Assert.False(await IsHitAsync("ab", "c"));
        Assert.False(await IsHitAsync("a", "bc"));
        Assert.True(await IsHitAsync("ab", "c"));

        async Task<bool> IsHitAsync(params string[] texts)
        {
            using var x = Tensor.FromStrings("x", texts, texts.Length);
            using var result = await backend.InferAsync([x], default, CancellationToken.None);
            return result.IsFromCache;
        }
    }

    [Fact]
    public async Task InferAsync_Refused_IsNotKept()
    {
        await using var backend = Create(OnnxModelBuilder.Lookup(), 1 << 20);
        using var index = Tensor.Create("index", [99L], 1);

        for (var i = 0; i < 2; i++)
        {
            using var result = await backend.InferAsync([index], default, CancellationToken.None);
            Assert.Equal(InferenceStatus.InvalidInput, result.Status);
        }
    }

    [Fact]
    public async Task InferAsync_CallerChangesItsTensorsAfterwards_TheCacheKeepsWhatWasAsked()
    {
        await using var backend = Create(OnnxModelBuilder.Linear(), 1 << 20);
        using var x = Tensor.Create("x", [1f, 2f], 1, 2);
        (await backend.InferAsync([x], default, CancellationToken.None)).Dispose();

        x.AsSpan<float>()[0] = 50;

        Assert.Equal((9f, true), await AskAsync(backend, 1, 2));
        Assert.Equal((107f, false), await AskAsync(backend, 50, 2));
    }

    [Fact]
    public void Add_MoreThanTheLimit_DropsWhatWasNotAskedForLongest()
    {
        using var cache = new ResponseCache(2000);
        using var keys = new KeysOfOneRow();
        Add(1);
        Add(2);
        Add(3);
        Assert.True(Has(1));

        Add(4);

        Assert.True(Has(1));
        Assert.False(Has(2));
        Assert.Equal(3, cache.Count);
        Assert.InRange(cache.UsedBytes, 1, 2000);

        void Add(float value)
        {
            using var result = InferenceResult.Succeeded([Tensor.Create("y", [value], 1)]);
            cache.Add(keys.Of(value), result);
        }

        bool Has(float value)
        {
            var found = cache.TryGet(keys.Of(value), out var result);
            result?.Dispose();
            return found;
        }
    }

    [Fact]
    public void Add_LargerThanTheWholeCache_IsNotKept()
    {
        using var cache = new ResponseCache(100);
        using var keys = new KeysOfOneRow();
        using var result = InferenceResult.Succeeded([Tensor.Create("y", [1f], 1)]);

        cache.Add(keys.Of(1), result);

        Assert.Equal(0, cache.Count);
    }

    private static async Task<(float Value, bool FromCache)> AskAsync(IModelBackend backend, float first, float second)
    {
        using var x = Tensor.Create("x", [first, second], 1, 2);
        using var result = await backend.InferAsync([x], default, CancellationToken.None);
        return (result.Outputs[0].AsSpan<float>()[0], result.IsFromCache);
    }

    private IModelBackend Create(OnnxModelBuilder model, long bytes)
    {
        var path = model.Save(_folder.Path);
        var session = _pool.Acquire(path, () => ModelSession.Load(path, new ModelSessionOptions()));
        return ModelBackends.Create(session, new ModelSettings { ResponseCacheBytes = bytes }, new("m", "1"), TimeProvider.System);
    }

    private sealed class KeysOfOneRow : IDisposable
    {
        private readonly List<Tensor> _tensors = [];

        public CacheKey Of(float value)
        {
            _tensors.Add(Tensor.Create("x", [value], 1));
            return new CacheKey([_tensors[^1]]);
        }

        public void Dispose() => _tensors.ForEach(tensor => tensor.Dispose());
    }
}
