using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Batching;

/// <summary>Who is let into the queue of a model, and who goes first.</summary>
public sealed class BatcherAdmissionTests : BatcherTestBase
{
    [Fact]
    public async Task InferAsync_FullQueue_IsAnsweredAtOnce()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, queue: 2));
        var first = await StartBlockedRunAsync(batcher);
        var waiting = new[] { Infer(batcher, 1), Infer(batcher, 2) };

        using var refused = await Infer(batcher, 3);

        Assert.Equal(InferenceStatus.QueueFull, refused.Status);
        Runner.Allow(2);
        Assert.All(await Task.WhenAll(waiting), result => Assert.Equal(InferenceStatus.Ok, result.Status));
        await first;
    }

    [Fact]
    public async Task InferAsync_BadInput_IsRefusedBeforeTheQueue()
    {
        var batcher = Start(QueueSettings.Of());
        using var x = Tensor.Create("x", [1L], 1, 1);

        using var result = await batcher.InferAsync([x], default, CancellationToken.None).AsTask();

        Assert.Equal(InferenceStatus.InvalidInput, result.Status);
        Assert.Empty(Runner.Runs);
    }

    [Fact]
    public async Task DisposeAsync_FinishesWhatWaits_AndRefusesWhatComes()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxBatch: 1));
        var waiting = Enumerable.Range(1, 4).Select(i => Infer(batcher, i)).ToArray();
        var disposal = batcher.DisposeAsync().AsTask();

        using var refused = await Infer(batcher, 9);
        Runner.Allow(4);
        await disposal;

        Assert.Equal(InferenceStatus.Unloading, refused.Status);
        Assert.All(await Task.WhenAll(waiting), result => Assert.Equal(InferenceStatus.Ok, result.Status));
    }

    [Fact]
    public async Task InferAsync_FullQueue_SaysWhenToTryAgain()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, queue: 1));
        Runner.Allow();
        await Infer(batcher, 1);
        var first = await StartBlockedRunAsync(batcher, alreadyRun: 1);
        var waiting = Infer(batcher, 2);

        using var refused = await Infer(batcher, 3);

        Assert.True(refused.RetryAfter > TimeSpan.Zero);
        Runner.Allow(2);
        await Task.WhenAll(first, waiting);
    }

    [Fact]
    public async Task InferAsync_MoreAtOnceThanAllowed_AreRefused()
    {
        var batcher = Start(QueueSettings.Of(runs: 1) with { MaxConcurrentRequests = 2 });
        var first = await StartBlockedRunAsync(batcher);
        var second = Infer(batcher, 1);

        using var refused = await Infer(batcher, 2);

        Assert.Equal(InferenceStatus.QueueFull, refused.Status);
        Runner.Allow(2);
        await Task.WhenAll(first, second);
        Runner.Allow();
        Assert.Equal(InferenceStatus.Ok, (await Infer(batcher, 3)).Status);
    }

    [Fact]
    public async Task InferAsync_HigherPriority_GoesFirst()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxBatch: 1) with { PriorityLevels = 3 });
        var first = await StartBlockedRunAsync(batcher);
        var calls = new[] { (30, 3), (20, 0), (10, 1), (31, 3), (32, 99), (11, 1) }
            .Select(request => InferWith(batcher, request.Item1, new InferenceCall { Priority = request.Item2 }))
            .ToArray();

        Runner.Allow(10);
        await Task.WhenAll([first, .. calls]);

        Assert.Equal([0f, 10f, 11f, 20f, 30f, 31f, 32f], Runner.Firsts);
    }

    [Fact]
    public async Task InferAsync_QueueOfOneLevelIsFull_OthersAreTaken()
    {
        var settings = QueueSettings.Of(runs: 1, maxBatch: 1) with
        {
            PriorityLevels = 2,
            LevelQueues = new Dictionary<int, QueuePolicy> { [2] = new() { MaxQueueSize = 1 } },
        };
        var batcher = Start(settings);
        var first = await StartBlockedRunAsync(batcher);
        var low = InferWith(batcher, 1, new InferenceCall { Priority = 2 });

        using var refused = await InferWith(batcher, 2, new InferenceCall { Priority = 2 });
        var high = InferWith(batcher, 3, new InferenceCall { Priority = 1 });

        Assert.Equal(InferenceStatus.QueueFull, refused.Status);
        Runner.Allow(3);
        Assert.All(await Task.WhenAll(first, low, high), result => Assert.Equal(InferenceStatus.Ok, result.Status));
    }
}
