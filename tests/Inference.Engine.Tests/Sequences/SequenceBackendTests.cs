using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Sequences;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Engine.Tests.Sequences;

public sealed class SequenceBackendTests : IDisposable
{
    private static readonly SequenceSettings Settings = new() { States = [new StatePair("state", "next")] };
    private readonly TempFolder _folder = new();
    private readonly SessionPool _pool = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task InferAsync_SequencesInterleaved_EachHasItsOwnState()
    {
        await using var backend = Create(Settings);

        Assert.Equal([1f], await SumAsync(backend, "a", 1, starts: true));
        Assert.Equal([10f], await SumAsync(backend, "b", 10, starts: true));
        Assert.Equal([3f], await SumAsync(backend, "a", 2));
        Assert.Equal([30f], await SumAsync(backend, "b", 20, ends: true));
        Assert.Equal([6f], await SumAsync(backend, "a", 3));
        Assert.Equal(1, backend.Sequences);
    }

    [Fact]
    public async Task Signature_HidesTheState()
    {
        await using var backend = Create(Settings);

        Assert.Equal(["x"], backend.Signature.Inputs.Select(input => input.Name));
        Assert.Equal(["sum"], backend.Signature.Outputs.Select(output => output.Name));
    }

    [Fact]
    public async Task InferAsync_StartAgain_BeginsFromZero()
    {
        await using var backend = Create(Settings);
        await SumAsync(backend, "a", 5, starts: true);

        Assert.Equal([1f], await SumAsync(backend, "a", 1, starts: true));
        Assert.Equal(1, backend.Sequences);
    }

    [Theory]
    [InlineData(null, "name its sequence")]
    [InlineData("", "name its sequence")]
    [InlineData("unknown", "sequence_start")]
    public async Task InferAsync_NoSequenceOrAnUnknownOne_IsRefused(string? id, string expected)
    {
        await using var backend = Create(Settings);
        using var x = Tensor.Create("x", [1f], 1, 1);
        var call = new InferenceCall { Sequence = id is null ? null : new SequenceStep(id, Starts: false, Ends: false) };

        using var result = await backend.InferAsync([x], call, CancellationToken.None);

        Assert.Equal(InferenceStatus.InvalidInput, result.Status);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InferAsync_EndedSequence_IsForgotten()
    {
        await using var backend = Create(Settings);
        await SumAsync(backend, "a", 1, starts: true, ends: true);

        Assert.Equal(0, backend.Sequences);
        await Assert.ThrowsAsync<InvalidOperationException>(() => SumAsync(backend, "a", 1));
    }

    [Fact]
    public async Task InferAsync_IdleTooLong_IsForgottenAndOthersStay()
    {
        await using var backend = Create(Settings with { IdleLimit = TimeSpan.FromMinutes(1) });
        await SumAsync(backend, "idle", 1, starts: true);
        await SumAsync(backend, "busy", 1, starts: true);
        _clock.Advance(TimeSpan.FromSeconds(50));
        await SumAsync(backend, "busy", 1);

        _clock.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(1, backend.Sequences);
        Assert.Equal([3f], await SumAsync(backend, "busy", 1));
    }

    [Fact]
    public async Task InferAsync_MoreSequencesThanAreKept_IsRefusedUntilOneEnds()
    {
        await using var backend = Create(Settings with { MaxSequences = 1 });
        await SumAsync(backend, "a", 1, starts: true);
        using var x = Tensor.Create("x", [1f], 1, 1);
        var call = new InferenceCall { Sequence = new SequenceStep("b", Starts: true, Ends: false) };

        using var refused = await backend.InferAsync([x], call, CancellationToken.None);
        await SumAsync(backend, "a", 1, ends: true);

        Assert.Equal(InferenceStatus.QueueFull, refused.Status);
        Assert.Equal([7f], await SumAsync(backend, "b", 7, starts: true));
    }

    [Fact]
    public async Task InferAsync_RequestsOfASequenceAtOnce_RunOneAfterTheOther()
    {
        await using var backend = Create(Settings);
        await SumAsync(backend, "a", 0, starts: true);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => SumAsync(backend, "a", 1))));

        Assert.Equal([200f], await SumAsync(backend, "a", 0));
    }

    [Fact]
    public async Task InferAsync_RefusedRequest_LeavesTheStateAsItWas()
    {
        await using var backend = Create(Settings);
        await SumAsync(backend, "a", 5, starts: true);
        using var wrong = Tensor.Create("x", [1L], 1, 1);
        var call = new InferenceCall { Sequence = new SequenceStep("a", Starts: false, Ends: true) };

        using var refused = await backend.InferAsync([wrong], call, CancellationToken.None);

        Assert.Equal(InferenceStatus.InvalidInput, refused.Status);
        Assert.Equal([6f], await SumAsync(backend, "a", 1));
    }

    [Theory]
    [InlineData("nothing", "next")]
    [InlineData("state", "nothing")]
    [InlineData("state", "count")]
    public void Create_PairsThatTheModelDoesNotHave_AreRefused(string input, string output)
    {
        Assert.ThrowsAny<ArgumentException>(() => Create(new SequenceSettings { States = [new StatePair(input, output)] }));
        // The share in the session was given back.
        Assert.Equal(0, _pool.Count);
    }

    private static async Task<List<float>> SumAsync(SequenceBackend backend, string id, float value, bool starts = false, bool ends = false)
    {
        using var x = Tensor.Create("x", [value], 1, 1);
        var call = new InferenceCall { Sequence = new SequenceStep(id, starts, ends) };
        using var result = await backend.InferAsync([x], call, CancellationToken.None);
        return result.Status == InferenceStatus.Ok
            ? [.. result.Outputs[0].AsSpan<float>()]
            : throw new InvalidOperationException(result.Error);
    }

    private SequenceBackend Create(SequenceSettings settings)
    {
        var model = new OnnxModelBuilder()
            .Input("x", OnnxType.Float, "n", 1)
            .Input("state", OnnxType.Float, "n", 1)
            .Output("next", OnnxType.Float, "n", 1)
            .Output("sum", OnnxType.Float, "n", 1)
            .Node("Add", ["x", "state"], ["next"])
            .Node("Identity", ["next"], ["sum"]);
        if (settings.States[0].Output == "count")
        {
            model.Output("count", OnnxType.Int64, 2).Node("Shape", ["x"], ["count"]);
        }

        var path = model.Save(_folder.Path);
        var session = _pool.Acquire(path, () => ModelSession.Load(path, new ModelSessionOptions()));
        return (SequenceBackend)ModelBackends.Create(session, new ModelSettings { Sequence = settings }, new("m", "1"), _clock);
    }
}
