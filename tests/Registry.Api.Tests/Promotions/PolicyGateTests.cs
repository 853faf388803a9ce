using System.Globalization;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Training;
using Slipway.Contracts.Vetting;
using Slipway.Registry.Api.Promotions;

namespace Slipway.Registry.Api.Tests.Promotions;

/// <summary>The gates that only a policy asks for.</summary>
public sealed class PolicyGateTests
{
    [Theory]
    [InlineData("accuracy=0.9", 0.9, null, "passed")]
    [InlineData("accuracy=0.89", 0.9, null, "failed")]
    [InlineData("accuracy=0.9", null, 0.9, "passed")]
    [InlineData("accuracy=0.91", null, 0.9, "failed")]
    [InlineData("accuracy=0.5", 0.4, 0.6, "passed")]
    [InlineData("accuracy=NaN", 0.0, null, "failed")]
    [InlineData("mae=1", 0.0, null, "failed")]
    public void MetricThreshold_Bounds_AreInclusiveAndNaNIsOutside(string metrics, double? min, double? max, string expected)
    {
        var gate = Ask(
            new GatePolicy
            {
                Gate = GateNames.MetricThreshold,
                Metric = "accuracy",
                Min = min,
                Max = max,
            },
            metrics
        );

        Assert.True(gate.Status == expected, gate.Detail);
    }

    [Theory]
    // Within the gap, and outside it by a little.
    [InlineData("accuracy__sex:f=0.90;accuracy__sex:m=0.85", "", 0.05, null, "passed")]
    [InlineData("accuracy__sex:f=0.91;accuracy__sex:m=0.85", "", 0.05, null, "failed")]
    // A slice below the least value, whatever the gap.
    [InlineData("accuracy__sex:f=0.60;accuracy__sex:m=0.61", "", null, 0.7, "failed")]
    [InlineData("accuracy__sex:f=0.80;accuracy__sex:m=0.71", "", null, 0.7, "passed")]
    // Named slices: others are not looked at, and a missing one fails.
    [InlineData("accuracy__a=0.9;accuracy__b=0.9;accuracy__c=0.1", "a,b", 0.05, null, "passed")]
    [InlineData("accuracy__a=0.9", "a,b", 0.05, null, "failed")]
    // Nothing to compare, and a value that is none.
    [InlineData("accuracy=0.9", "", 0.05, null, "failed")]
    [InlineData("accuracy__a=0.9", "", 0.05, null, "failed")]
    [InlineData("accuracy__a=0.9;accuracy__b=NaN", "", 0.05, null, "failed")]
    // Another metric's slices are not this one's.
    [InlineData("recall__a=0.9;recall__b=0.9", "", 0.05, null, "failed")]
    public void Fairness_Slices_GapAndBounds(string metrics, string slices, double? maxGap, double? min, string expected)
    {
        var gate = Ask(
            new GatePolicy
            {
                Gate = GateNames.Fairness,
                Metric = "accuracy",
                Slices = slices.Split(',', StringSplitOptions.RemoveEmptyEntries),
                MaxGap = maxGap,
                Min = min,
            },
            metrics
        );

        Assert.True(gate.Status == expected, gate.Detail);
    }

    [Theory]
    [InlineData(2.0, 9.0, 2.0, 9.0, "passed")]
    [InlineData(2.0, 9.0, 1.9, null, "failed")]
    [InlineData(2.0, 9.0, null, 8.9, "failed")]
    [InlineData(null, null, 5.0, null, "failed")]
    public void LatencyBudget_Measured_AgainstTheReport(double? p50, double? p99, double? maxP50, double? maxP99, string expected)
    {
        var gate = Ask(
            new GatePolicy
            {
                Gate = GateNames.LatencyBudget,
                MaxLatencyMsP50 = maxP50,
                MaxLatencyMsP99 = maxP99,
            },
            "",
            new VettingReport
            {
                Status = "passed",
                LatencyMsP50 = p50,
                LatencyMsP99 = p99,
            }
        );

        Assert.True(gate.Status == expected, gate.Detail);
    }

    [Theory]
    [InlineData(100L, 50L, 100L, 50L, "passed")]
    [InlineData(101L, 50L, 100L, null, "failed")]
    [InlineData(100L, 51L, null, 50L, "failed")]
    [InlineData(null, 50L, 100L, null, "failed")]
    public void MemoryBudget_Measured_AgainstTheReport(long? peak, long size, long? maxPeak, long? maxSize, string expected)
    {
        var gate = Ask(
            new GatePolicy
            {
                Gate = GateNames.MemoryBudget,
                MaxPeakMemoryBytes = maxPeak,
                MaxSizeBytes = maxSize,
            },
            "",
            new VettingReport
            {
                Status = "passed",
                PeakMemoryBytes = peak,
                SizeBytes = size,
            }
        );

        Assert.True(gate.Status == expected, gate.Detail);
    }

    [Theory]
    [InlineData("owner", "passed")]
    [InlineData("owner=risk", "passed")]
    [InlineData("owner=sales", "failed")]
    [InlineData("card", "failed")]
    [InlineData("note=a=b", "passed")]
    public void RequiredTags_KeyOrValue_MustBeThere(string required, string expected)
    {
        var facts = Facts("") with
        {
            Candidate = Facts("").Candidate! with
            {
                Tags = new Dictionary<string, string> { ["owner"] = "risk", ["note"] = "a=b" },
            },
        };

        var gate = Ask(new GatePolicy { Gate = GateNames.RequiredTags, Tags = [required] }, facts);

        Assert.True(gate.Status == expected, gate.Detail);
    }

    [Theory]
    [InlineData(null, null, "pending")]
    [InlineData(null, "monitoring does not answer", "pending")]
    [InlineData("drift: psi 0.4", null, "failed")]
    [InlineData("", null, "passed")]
    public void NoOpenAlert_Unknown_IsNeverPassed(string? alert, string? problem, string expected)
    {
        var alerts = alert is null && problem is null ? null : new OpenAlerts(string.IsNullOrEmpty(alert) ? [] : [alert], problem);

        var gate = Ask(new GatePolicy { Gate = GateNames.NoOpenAlert }, Facts("") with { Alerts = alerts });

        Assert.True(gate.Status == expected, gate.Detail);
    }

    [Theory]
    [InlineData(true, "promoted")]
    [InlineData(false, "rejected")]
    public void PromotedFrom_VersionThatWasNeverThere_IsRejected(bool held, string expected)
    {
        var gates = PromotionGates.Evaluate(new EnvironmentPolicy { From = "testing", Gates = [] }, Facts("") with { HasHeldFrom = held });

        Assert.Equal(["vetted", "promoted_from"], gates.Select(g => g.Name));
        Assert.Equal(expected, PromotionGates.Decide(gates, 0, 0));
    }

    [Theory]
    [InlineData("x:2", "y:1", "passed")]
    [InlineData("x:3", "y:1", "failed")]
    [InlineData("", "y:1", "passed")]
    [InlineData("", "z:1", "failed")]
    public void Signature_DeclaredConsumer_MustBeAbleToCall(string sends, string reads, string expected)
    {
        var report = new VettingReport
        {
            Status = "passed",
            Inputs = [new TensorSpec("x", "FP32", [-1, 2])],
            Outputs = [new TensorSpec("y", "FP32", [-1, 1])],
        };
        var facts = Facts("", report) with
        {
            Consumers =
            [
                new ConsumerDeclaration
                {
                    Name = "billing",
                    Inputs = Tensors(sends),
                    Outputs = Tensors(reads),
                },
            ],
        };

        var gate = Ask(new GatePolicy { Gate = GateNames.SignatureCompatible }, facts);

        Assert.True(gate.Status == expected, gate.Detail);
    }

    [Theory]
    // The new one is worse on every row, though by little: no chance.
    [InlineData(0.01, "failed", "significantly worse")]
    [InlineData(-0.01, "passed", "not significantly worse")]
    public void MetricNotWorse_ResultsByRow_TellADifferenceFromChance(double shift, string expected, string words)
    {
        var incumbent = Enumerable.Range(0, 40).Select(i => 1 + i % 7 / 10.0).ToArray();
        var facts = Paired([.. incumbent.Select(loss => loss + shift)], incumbent);

        var gate = Ask(new GatePolicy { Gate = GateNames.MetricNotWorse }, facts);

        Assert.True(gate.Status == expected, gate.Detail);
        Assert.Contains(words, gate.Detail, StringComparison.Ordinal);
        Assert.Equal(40, gate.Numbers!["rows"]);
    }

    [Fact]
    public void MetricNotWorse_DifferenceByChance_PassesAlthoughTheNumberIsWorse()
    {
        double[] incumbent = [1, 2, 3, 4, 5, 6, 7, 8];
        double[] candidate = [2, 1, 4, 3, 6, 5, 8, 7.1];

        var facts = Paired(candidate, incumbent);
        var gate = Ask(new GatePolicy { Gate = GateNames.MetricNotWorse }, facts);
        var better = Ask(new GatePolicy { Gate = GateNames.MetricNotWorse, MustBeBetter = true }, facts);
        var numbersAlone = Ask(
            new GatePolicy { Gate = GateNames.MetricNotWorse },
            facts with
            {
                Candidate = facts.Candidate! with { Rows = null },
            }
        );

        Assert.True(gate.Status == "passed", gate.Detail);
        Assert.True(better.Status == "failed", better.Detail);
        Assert.True(numbersAlone.Status == "failed", numbersAlone.Detail);
        Assert.Contains("no results by row", numbersAlone.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void MetricNotWorse_Tolerance_IsGrantedToEachRow()
    {
        var incumbent = Enumerable.Range(1, 30).Select(i => (double)i).ToArray();
        var facts = Paired([.. incumbent.Select(loss => loss * 1.019)], incumbent);

        Assert.Equal("passed", Ask(new GatePolicy { Gate = GateNames.MetricNotWorse, Tolerance = 0.02 }, facts).Status);
        Assert.Equal("failed", Ask(new GatePolicy { Gate = GateNames.MetricNotWorse, Tolerance = 0.018 }, facts).Status);
    }

    [Fact]
    public void MetricNotWorse_PolicyStatesTheTolerance_TheRequestCannotWidenIt()
    {
        var facts = Paired([2], [1]) with { Tolerance = 1 };
        facts = facts with { Candidate = facts.Candidate! with { Rows = null } };

        Assert.Equal("passed", Ask(new GatePolicy { Gate = GateNames.MetricNotWorse }, facts).Status);
        Assert.Equal("failed", Ask(new GatePolicy { Gate = GateNames.MetricNotWorse, Tolerance = 0.1 }, facts).Status);
    }

    [Theory]
    [InlineData(0, 0, "promoted")]
    [InlineData(0, 1, "awaiting_approval")]
    [InlineData(1, 2, "awaiting_approval")]
    [InlineData(2, 2, "promoted")]
    public void Decide_GatesPassed_WaitsForApprovals(int approvals, int required, string expected) =>
        Assert.Equal(expected, PromotionGates.Decide([new GateResult("vetted", "passed", "")], approvals, required));

    private static PromotionFacts Paired(double[] candidate, double[] incumbent)
    {
        var facts = Facts($"mae={candidate.Average().ToString(CultureInfo.InvariantCulture)}");
        return facts with
        {
            Candidate = facts.Candidate! with
            {
                ComparedWith = "1",
                Rows = new EvaluationRows(
                    new Dictionary<string, double[]>
                    {
                        [EvaluationFile.AbsoluteError] = candidate,
                        [RunNames.IncumbentMetricPrefix + EvaluationFile.AbsoluteError] = incumbent,
                    },
                    null
                ),
            },
            Incumbent = new VersionFacts
            {
                Version = 1,
                VettingStatus = "passed",
                Metrics = new Dictionary<string, double> { ["mae"] = incumbent.Average() },
            },
        };
    }

    private static GateResult Ask(GatePolicy gate, string metrics, VettingReport? report = null) => Ask(gate, Facts(metrics, report));

    private static GateResult Ask(GatePolicy gate, PromotionFacts facts) =>
        PromotionGates.Evaluate(new EnvironmentPolicy { Gates = [gate] }, facts).Single(result => result.Name == gate.Gate);

    private static PromotionFacts Facts(string metrics, VettingReport? report = null) =>
        new()
        {
            Environment = "production",
            Candidate = new VersionFacts
            {
                Version = 2,
                VettingStatus = "passed",
                Report = report,
                Metrics = metrics
                    .Split(';', StringSplitOptions.RemoveEmptyEntries)
                    .Select(pair => pair.Split('='))
                    .ToDictionary(pair => pair[0], pair => double.Parse(pair[1], CultureInfo.InvariantCulture)),
            },
        };

    // name:last dimension
    private static IReadOnlyList<TensorSpec> Tensors(string text) =>
        [
            .. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(tensor => tensor.Split(':'))
                .Select(parts => new TensorSpec(parts[0], "FP32", [-1, long.Parse(parts[1], CultureInfo.InvariantCulture)])),
        ];
}
