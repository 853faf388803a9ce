using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Residency;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Residency;

/// <summary>Alone: what other tests allocate would be counted.</summary>
[Collection(nameof(MemoryTests))]
public sealed class MemoryMeterTests
{
    [Fact]
    public void Stop_ASmallModelOpened_IsCountedWithItselfOnly()
    {
        using var folder = new TempFolder();
        var path = OnnxModelBuilder.Linear().Save(folder.Path);

        var begun = MemoryMeter.Start();
        using var session = ModelSession.Load(path, new ModelSessionOptions());
        session.WarmUp().Dispose();
        var bytes = MemoryMeter.Stop(begun);

        Assert.InRange(bytes!.Value, 1, 2 << 20);
    }
}
