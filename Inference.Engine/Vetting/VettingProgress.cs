using Slipway.Contracts.Vetting;

namespace Slipway.Inference.Engine.Vetting;

/// <summary>What is known so far, so that a report can be written even when the examination itself never ends.</summary>
internal sealed class VettingProgress
{
    private VettingReport _report = new() { Status = "failed" };

    public VettingReport Report
    {
        get => Volatile.Read(ref _report);
        set => Volatile.Write(ref _report, value);
    }

    public VettingReport FailedWith(string code, string message) =>
        Report with
        {
            Status = "failed",
            Problems = [.. Report.Problems, new VettingProblem(code, message)],
        };
}
