using Slipway.Inference.Engine.Settings;

namespace Slipway.Inference.Engine.Tests.Batching;

/// <summary>Settings whose waiting depends on the test's clock alone: no delay learnt from real runs, no run on the caller's thread.</summary>
internal static class QueueSettings
{
    public static ModelSettings Of(int runs = 0, int maxBatch = 32, TimeSpan maxDelay = default, int queue = 1024) =>
        new()
        {
            ConcurrentRuns = runs,
            Batching = new BatchingSettings
            {
                MaxBatchSize = maxBatch,
                MaxDelay = maxDelay,
                AdaptsDelay = false,
            },
            Queue = new QueuePolicy { MaxQueueSize = queue },
            RunsOnCallersThread = false,
        };
}
