using System.Runtime.InteropServices;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Residency;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Residency;

/// <summary>What is done with measurements that say more than a model takes. Alone: what other tests allocate would be counted.</summary>
[Collection(nameof(MemoryTests))]
public sealed class MeasuredOpeningTests : IDisposable
{
    private const long Budget = 1L << 30;
    private readonly ManualClock _clock = new();
    private readonly ModelResidency _residency;
    private readonly List<nint> _allocated = [];

    public MeasuredOpeningTests() =>
        _residency = new(
            new ResidencySettings
            {
                BudgetBytes = Budget,
                MemoryWait = TimeSpan.Zero,
                MaxConcurrentLoads = 1,
            },
            _clock
        );

    public void Dispose()
    {
        Free();
        _residency.Dispose();
    }

    [Fact]
    public async Task HoldAsync_MeasuredLargerThanAllMemoryOnce_IsOpenedTheNextTime()
    {
        var source = new FakeSource("a", Budget / 4) { Opening = () => Allocate(Budget / 8 * 9) };
        await using var model = new OnDemandBackend(_residency, source, isPinned: false);
        Assert.Equal(InferenceStatus.Unavailable, (await HoldAsync(model))!.Status);
        Free();
        source.Opening = null;
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Null(await HoldAsync(model));

        Assert.Equal(Budget / 4, _residency.UsedBytes);
        model.Release();
    }

    [Fact]
    public async Task HoldAsync_MeasuredLargerThanAllMemoryAlways_IsRefusedWithTheNumbersAndLeftAloneInBetween()
    {
        var source = new FakeSource("a", Budget / 4) { Opening = () => Allocate(Budget / 8 * 9) };
        await using var model = new OnDemandBackend(_residency, source, isPinned: false);

        for (var attempt = 1; attempt <= 3; attempt++)
        {
            for (var request = 0; request < 2; request++)
            {
                var refused = await HoldAsync(model);
                Assert.Equal(InferenceStatus.Unavailable, refused!.Status);
                Assert.Contains($"more than the {Budget} bytes", refused.Error, StringComparison.Ordinal);
            }

            Assert.Equal((attempt, 0, 0L), (source.Opened, source.Open, _residency.UsedBytes));
            Free();
            _clock.Advance(TimeSpan.FromSeconds(2 << (attempt - 1)));
        }
    }

    [Fact]
    public async Task HoldAsync_MeasuredTooLargeToBeBesideAPinnedOne_IsTriedWithTheEstimate()
    {
        var source = new FakeSource("a", Budget / 8) { Opening = () => Allocate(Budget / 8 * 7) };
        await using var model = new OnDemandBackend(_residency, source, isPinned: false);
        await using var pinned = new OnDemandBackend(_residency, new FakeSource("b", Budget / 4), isPinned: true);
        Assert.Null(await HoldAsync(model));
        model.Release();
        Free();
        source.Opening = null;
        Assert.Null(await HoldAsync(pinned));
        pinned.Release();

        Assert.Equal(InferenceStatus.Unavailable, (await HoldAsync(model))!.Status);
        Assert.Null(await HoldAsync(model));

        Assert.Equal(Budget / 8 * 3, _residency.UsedBytes);
        model.Release();
    }

    [Fact]
    public async Task HoldAsync_MeasuredTooLargeToBeBesideABusyOne_WaitsForItWithWhatWasMeasured()
    {
        var source = new FakeSource("a", Budget / 8) { Opening = () => Allocate(Budget / 8 * 7) };
        await using var model = new OnDemandBackend(_residency, source, isPinned: false);
        await using var busy = new OnDemandBackend(_residency, new FakeSource("b", Budget / 4), isPinned: false);
        Assert.Null(await HoldAsync(model));
        model.Release();
        Assert.Null(await HoldAsync(busy));

        Assert.Equal(InferenceStatus.Unavailable, (await HoldAsync(model))!.Status);
        Assert.Equal(InferenceStatus.Unavailable, (await HoldAsync(model))!.Status);
        busy.Release();
        Assert.Null(await HoldAsync(model));

        Assert.False(busy.IsOpen);
        model.Release();
    }

    private static ValueTask<InferenceResult?> HoldAsync(OnDemandBackend model) => model.HoldAsync(null, CancellationToken.None);

    // Never written to, so that it is no memory of the machine.
    private void Allocate(long bytes) => _allocated.Add(Marshal.AllocHGlobal((nint)bytes));

    private void Free()
    {
        _allocated.ForEach(Marshal.FreeHGlobal);
        _allocated.Clear();
    }
}
