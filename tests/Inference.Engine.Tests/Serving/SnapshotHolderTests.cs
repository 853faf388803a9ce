using System.Collections.Concurrent;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Serving;

public sealed class SnapshotHolderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SnapshotHolder _holder = new();

    public void Dispose()
    {
        _holder.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void LeaseEndpoint_BeforeAnySwap_IsNull() => Assert.Null(_holder.LeaseEndpoint("demand", 0.5));

    [Fact]
    public void LeaseModel_ByVersionOrDefault_FindsIt()
    {
        var one = Load(1, intercept: 1);
        var two = Load(2, intercept: 2);
        _holder.Swap(new ServingSnapshot(1, [], [one, two], [two]));
        one.Release();
        two.Release();

        using var byVersion = _holder.LeaseModel("demand", 1);
        using var byDefault = _holder.LeaseModel("demand", null);

        Assert.Equal(1, byVersion!.Model.Version);
        Assert.Equal(2, byDefault!.Model.Version);
        Assert.Null(_holder.LeaseModel("demand", 3));
        Assert.Null(_holder.LeaseModel("unknown", null));
    }

    [Fact]
    public async Task Swap_OldVersionInUse_IsUnloadedAfterItsLastLease()
    {
        var one = Load(1, intercept: 1);
        _holder.Swap(Snapshot(1, one));
        one.Release();
        var lease = _holder.LeaseEndpoint("demand", 0)!;
        var two = Load(2, intercept: 2);

        _holder.Swap(Snapshot(2, two));
        two.Release();

        using var x = Tensor.Create("x", [1f, 1f], 1, 2);
        using (var result = await lease.Model.InferAsync([x], null, CancellationToken.None))
        {
            Assert.Equal(6f, result.Outputs[0].AsSpan<float>()[0]);
        }

        Assert.False(one.Unloaded.IsCompleted);
        lease.Dispose();
        lease.Dispose();
        await one.Unloaded.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(two.Unloaded.IsCompleted);
        Assert.False(one.TryHold());
    }

    [Fact]
    public async Task Swap_VersionInBothSnapshots_StaysLoaded()
    {
        var one = Load(1, intercept: 1);
        _holder.Swap(Snapshot(1, one));
        _holder.Swap(Snapshot(2, one));
        one.Release();

        using (var lease = _holder.LeaseEndpoint("demand", 0))
        {
            Assert.False(one.Unloaded.IsCompleted);
            Assert.Equal(2, _holder.Current.Revision);
        }

        _holder.Swap(ServingSnapshot.Empty);
        await one.Unloaded.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void ServingSnapshot_UnloadedModel_IsRefusedAndHoldsNothing()
    {
        var sound = Load(1, intercept: 1);
        var gone = Load(2, intercept: 2);
        gone.Release();

        Assert.Throws<InvalidOperationException>(() => new ServingSnapshot(1, [], [sound, gone], []));

        sound.Release();
        Assert.False(sound.TryHold());
    }

    [Fact]
    public void ServingEndpoint_NoPositiveWeight_IsRefused()
    {
        var model = Load(1, intercept: 1);

        Assert.Throws<ArgumentException>(() => new ServingEndpoint("demand", [new WeightedRoute(model, 0)]));
        Assert.Throws<ArgumentException>(() => new ServingEndpoint("demand", [new WeightedRoute(model, double.NaN)]));
        Assert.Throws<ArgumentException>(() => new ServingEndpoint("demand", []));

        model.Release();
    }

    [Fact]
    public async Task Swap_UnderConcurrentCallers_FailsNoRequestAndUnloadsEveryOldVersion()
    {
        const int Swaps = 60;
        var old = new List<LoadedModel>();
        var current = Load(0, intercept: 0);
        _holder.Swap(Snapshot(0, current));
        current.Release();
        using var stop = new CancellationTokenSource();
        var failures = new ConcurrentQueue<string>();
        var served = new ConcurrentDictionary<int, int>();
        var callers = Enumerable.Range(0, 8).Select(seed => Task.Run(() => CallAsync(seed))).ToArray();

        for (var version = 1; version <= Swaps; version++)
        {
            var before = served.Values.Sum();
            old.Add(current);
            current = Load(version, intercept: version);
            _holder.Swap(Snapshot(version, current));
            current.Release();
            await Eventually.TrueAsync(() => served.Values.Sum() > before);
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);

        Assert.Empty(failures);
        await Task.WhenAll(old.Select(model => model.Unloaded)).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(current.Unloaded.IsCompleted);

        async Task CallAsync(int seed)
        {
            var random = new Random(seed);
            while (!stop.IsCancellationRequested)
            {
                using var lease = _holder.LeaseEndpoint("demand", random.NextDouble());
                if (lease is null)
                {
                    failures.Enqueue("the endpoint was gone");
                    return;
                }

                using var x = Tensor.Create("x", [1f, 1f], 1, 2);
                using var result = await lease.Model.InferAsync([x], TimeSpan.FromSeconds(30), CancellationToken.None);
                if (result.Status != InferenceStatus.Ok || result.Outputs[0].AsSpan<float>()[0] != 5 + lease.Model.Version)
                {
                    failures.Enqueue($"version {lease.Model.Version}: {result.Status} {result.Error}");
                }

                served.AddOrUpdate(lease.Model.Version, 1, (_, count) => count + 1);
            }
        }
    }

    private static ServingSnapshot Snapshot(long revision, LoadedModel model) =>
        new(revision, [new ServingEndpoint("demand", [new WeightedRoute(model, 1)])], [model], [model]);

    private LoadedModel Load(int version, float intercept)
    {
        var path = OnnxModelBuilder.Linear(intercept: intercept).Save(_folder.Path, $"v{version}.onnx");
        var session = ModelSession.Load(path, new ModelSessionOptions());
        return new LoadedModel("demand", version, $"digest-{version}", session, new ModelSettings(), TimeProvider.System);
    }
}
