using System.Runtime.CompilerServices;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Settings;

namespace Slipway.Inference.Engine.Tests.Batching;

/// <summary>What requests leave behind on their caller's token, which may live as long as a stream of many of them.</summary>
public sealed class PendingInferenceTests : BatcherTestBase
{
    [Fact]
    public void Complete_WhileTheRequestIsRegistered_LeavesNothingOnTheCallersToken()
    {
        using var stream = new CancellationTokenSource();

        var requests = CompleteWhileRegistering(20_000, Start(new ModelSettings()), stream.Token);

        GC.Collect();
        Assert.Equal(0, requests.Count(request => request.TryGetTarget(out _)));
        GC.KeepAlive(stream);
    }

    // Not inlined: nothing that it had on its stack is in use afterwards.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<WeakReference<PendingInference>> CompleteWhileRegistering(
        int count,
        ModelBatcher batcher,
        CancellationToken cancellationToken
    )
    {
        var requests = Enumerable.Range(0, count).Select(_ => new PendingInference([], 1, 1, 0)).ToArray();
        var arrived = 0;
        // One of the two is late by a little, and by a little more each time: so that it comes at every moment of the other.
        void AtTheSameTime(int lateness, Action<PendingInference> act)
        {
            for (var i = 0; i < count; i++)
            {
                Interlocked.Increment(ref arrived);
                var wait = new SpinWait();
                while (Volatile.Read(ref arrived) < 2 * (i + 1))
                {
                    wait.SpinOnce(sleep1Threshold: -1);
                }
                for (var late = i % lateness; late > 0; late--)
                {
                    Volatile.Read(ref arrived);
                }
                act(requests[i]);
            }
        }
        var completing = new Thread(() =>
            AtTheSameTime(200, request => request.Complete(InferenceResult.NotServed(InferenceStatus.Failed, "")))
        );
        completing.Start();
        AtTheSameTime(1, request => request.Watch(batcher, cancellationToken));
        completing.Join();
        return [.. requests.Select(request => new WeakReference<PendingInference>(request))];
    }
}
