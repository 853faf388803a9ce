using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Statistics;

namespace Slipway.Monitoring.Worker.Drift;

/// <summary>
/// Finds the features of a window that moved away from the baseline. A feature drifted when its test is significant after Benjamini and Hochberg's
/// correction over all columns <em>and</em> its PSI says that it matters: large windows find any difference significant, small ones have a large PSI
/// by chance.
/// </summary>
internal static class DriftCalculator
{
    /// <summary>The name under which the model's predictions stand among the features.</summary>
    public const string PredictionName = "(prediction)";

    /// <summary>The share of false alarms accepted among the features called significant.</summary>
    public const double FalseDiscoveryRate = 0.05;

    /// <summary>One result a comparable feature, in the baseline's order, then the prediction's.</summary>
    public static IReadOnlyList<FeatureDrift> Compute(WindowSample sample, double psiThreshold)
    {
        var baseline = sample.Baseline;
        var found = new List<(string Name, ColumnDrift Drift)>();
        for (var i = 0; i < baseline.Features.Count; i++)
        {
            if (ColumnDrift.Compute(baseline.Features[i], sample.Features[i], sample.RowCount) is { } drift)
            {
                found.Add((baseline.Features[i].Name, drift));
            }
        }
        if (ColumnDrift.Compute(baseline.Prediction, sample.Prediction, sample.RowCount) is { } ofPrediction)
        {
            found.Add((PredictionName, ofPrediction));
        }

        // A column without a test takes part with p = 1: it is never significant.
        var adjusted = BenjaminiHochberg.Adjust([.. found.Select(f => f.Drift.PValue ?? 1)]);
        return
        [
            .. found.Select(
                (f, i) =>
                    new FeatureDrift
                    {
                        Feature = f.Name,
                        Psi = f.Drift.Psi,
                        Ks = f.Drift.Ks,
                        PValue = f.Drift.PValue,
                        Drifted = adjusted[i] <= FalseDiscoveryRate && f.Drift.Psi >= psiThreshold,
                    }
            ),
        ];
    }

    /// <summary>Whether the window as a whole drifted: the share of drifted features reaches <paramref name="share"/>. Null without features.</summary>
    public static bool? IsDrifted(IReadOnlyList<FeatureDrift> drift, double share)
    {
        var features = drift.Count(d => d.Feature != PredictionName);
        return features == 0 ? null : drift.Count(d => d.Drifted && d.Feature != PredictionName) >= share * features;
    }
}
