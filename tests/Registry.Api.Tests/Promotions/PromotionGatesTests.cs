using Slipway.Contracts.Registry;
using Slipway.Contracts.Vetting;
using Slipway.Registry.Api.Promotions;

namespace Slipway.Registry.Api.Tests.Promotions;

public sealed class PromotionGatesTests
{
    private static readonly EnvironmentPolicy s_policy = new()
    {
        Gates = [new GatePolicy { Gate = GateNames.SignatureCompatible }, new GatePolicy { Gate = GateNames.MetricNotWorse }],
    };

    [Theory]
    // Lower is better.
    [InlineData("mae=40", "mae=40", null, 0, "passed")]
    [InlineData("mae=40.1", "mae=40", null, 0, "failed")]
    [InlineData("mae=40.8", "mae=40", null, 0.02, "passed")]
    [InlineData("mae=40.9", "mae=40", null, 0.02, "failed")]
    [InlineData("rmse=3;r2=0.1", "rmse=4;r2=0.9", null, 0, "passed")]
    // Higher is better.
    [InlineData("auc=0.9", "auc=0.8", null, 0, "passed")]
    [InlineData("auc=0.79", "auc=0.8", null, 0, "failed")]
    [InlineData("auc=0.79", "auc=0.8", null, 0.02, "passed")]
    [InlineData("r2=-0.5", "r2=-0.4", null, 0, "failed")]
    [InlineData("r2=-0.4", "r2=-0.5", null, 0, "passed")]
    // The metric that was asked for.
    [InlineData("mae=99;auc=0.9", "mae=1;auc=0.8", "auc", 0, "passed")]
    [InlineData("val_mae=1;mae=9", "val_mae=2;mae=1", "val_mae", 0, "passed")]
    // Nothing to compare.
    [InlineData("mae=NaN", "mae=40", null, 1, "failed")]
    [InlineData("mae=40", "mae=NaN", null, 1, "failed")]
    [InlineData("other=1", "mae=40", null, 0, "failed")]
    [InlineData("mae=40", "other=1", null, 0, "failed")]
    [InlineData("mae=40", "mae=40", "auc", 0, "failed")]
    [InlineData("", null, null, 0, "passed")]
    [InlineData("mae=40", null, null, 0, "passed")]
    // On the same data: the incumbent's value from the candidate's run counts, whatever its own run said.
    [InlineData("mae=50;incumbent_mae=60;tag=1", "mae=40", null, 0, "passed")]
    [InlineData("mae=50;incumbent_mae=45;tag=1", "mae=90", null, 0, "failed")]
    [InlineData("mae=50;incumbent_mae=60;tag=7", "mae=40", null, 0, "failed")]
    public void Evaluate_Metric_ComparesAsStated(string candidate, string? incumbent, string? metric, double tolerance, string expected)
    {
        var gates = PromotionGates.Evaluate(
            s_policy,
            new PromotionFacts
            {
                Environment = "production",
                Candidate = Version(2, candidate),
                Incumbent = incumbent is null ? null : Version(1, incumbent),
                Metric = metric,
                Tolerance = tolerance,
            }
        );

        var gate = gates.Single(g => g.Name == "metric_not_worse");
        Assert.True(gate.Status == expected, gate.Detail);
        Assert.Equal(expected == "passed" ? "promoted" : "rejected", PromotionGates.Decide(gates, 0, 0));
    }

    [Theory]
    [InlineData("x:FP32[-1,2]", "y:FP32[-1,1]", null)]
    [InlineData("x:FP32[-1,-1]", "y:FP32[-1,1]", null)]
    [InlineData("x:FP32[-1,2]", "y:FP32[-1,1] z:FP32[1]", null)]
    [InlineData("x:FP32[-1,2]", "y:FP32[4,1]", null)]
    [InlineData("x:FP32[1,2]", "y:FP32[-1,1]", "accepts [1, 2]")]
    [InlineData("x:FP32[-1,3]", "y:FP32[-1,1]", "accepts [-1, 3]")]
    [InlineData("x:FP32[-1]", "y:FP32[-1,1]", "accepts [-1]")]
    [InlineData("x:FP64[-1,2]", "y:FP32[-1,1]", "is FP64")]
    [InlineData("a:FP32[-1,2]", "y:FP32[-1,1]", "'x' is gone")]
    [InlineData("x:FP32[-1,2] b:FP32[1]", "y:FP32[-1,1]", "'b' is new")]
    [InlineData("x:FP32[-1,2]", "z:FP32[-1,1]", "'y' is gone")]
    [InlineData("x:FP32[-1,2]", "y:INT64[-1,1]", "is INT64")]
    [InlineData("x:FP32[-1,2]", "y:FP32[-1,-1]", "has [-1, -1]")]
    public void Evaluate_Signature_AsksWhetherCallersBreak(string inputs, string outputs, string? problem)
    {
        var gates = PromotionGates.Evaluate(
            s_policy,
            new PromotionFacts
            {
                Environment = "testing",
                Candidate = Version(2, "") with { Report = Report(inputs, outputs) },
                Incumbent = Version(1, "") with { Report = Report("x:FP32[-1,2]", "y:FP32[-1,1]") },
            }
        );

        var gate = gates.Single(g => g.Name == "signature_compatible");
        Assert.Equal(problem is null ? "passed" : "failed", gate.Status);
        Assert.Contains(problem ?? "can call", gate.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_StillVetting_LeavesEverythingPending()
    {
        var gates = PromotionGates.Evaluate(
            s_policy,
            new PromotionFacts
            {
                Environment = "production",
                Candidate = Version(2, "mae=99") with { VettingStatus = "pending" },
                Incumbent = Version(1, "mae=1"),
            }
        );

        Assert.All(gates, g => Assert.Equal("pending", g.Status));
        Assert.Equal("pending", PromotionGates.Decide(gates, 0, 0));
    }

    [Fact]
    public void Evaluate_FailedVettingOrDeleted_IsRejected()
    {
        var failed = PromotionGates.Evaluate(
            s_policy,
            new PromotionFacts
            {
                Environment = "development",
                Candidate = Version(2, "") with
                {
                    VettingStatus = "failed",
                    Report = new VettingReport { Status = "failed", Problems = [new("unsafe_format", "a pickle")] },
                },
            }
        );
        var deleted = PromotionGates.Evaluate(s_policy, new PromotionFacts { Environment = "production", Candidate = null });

        Assert.Contains("unsafe_format: a pickle", Assert.Single(failed).Detail, StringComparison.Ordinal);
        Assert.Equal("rejected", PromotionGates.Decide(failed, 0, 0));
        Assert.Equal("rejected", PromotionGates.Decide(deleted, 0, 0));
    }

    private static VersionFacts Version(int number, string metrics)
    {
        var pairs = metrics.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=')).ToList();
        return new VersionFacts
        {
            Version = number,
            VettingStatus = "passed",
            Report = Report("x:FP32[-1,2]", "y:FP32[-1,1]"),
            ComparedWith = pairs.FirstOrDefault(p => p[0] == "tag")?[1],
            Metrics = pairs
                .Where(p => p[0] != "tag")
                .ToDictionary(p => p[0], p => double.Parse(p[1], System.Globalization.CultureInfo.InvariantCulture)),
        };
    }

    private static VettingReport Report(string inputs, string outputs) =>
        new()
        {
            Status = "passed",
            Inputs = [.. inputs.Split(' ').Select(Tensor)],
            Outputs = [.. outputs.Split(' ').Select(Tensor)],
        };

    // name:TYPE[d,d]
    private static TensorSpec Tensor(string text)
    {
        var parts = text.Split(':', '[', ']');
        return new TensorSpec(
            parts[0],
            parts[1],
            [.. parts[2].Split(',').Select(d => long.Parse(d, System.Globalization.CultureInfo.InvariantCulture))]
        );
    }
}
