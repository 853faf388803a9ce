using System.Globalization;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Training;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>Two versions on the same rows: by how much the candidate is worse on each, beyond the tolerance. Positive is worse.</summary>
internal sealed record PairedComparison(string Metric, int Incumbent, double Candidate, double Reference, double Tolerance, double[] Excess)
{
    private const double UsualAlpha = 0.05;

    /// <summary>Null where the run has no results by row that speak of this metric and this incumbent.</summary>
    public static PairedComparison? TryMake(VersionFacts candidate, int incumbent, string metric, double tolerance)
    {
        if (
            candidate.Rows is not { Problem: null } rows
            || candidate.ComparedWith != incumbent.ToString(CultureInfo.InvariantCulture)
            || ColumnOf(metric, tolerance) is not { } column
            || !rows.Columns.TryGetValue(column, out var own)
            || !rows.Columns.TryGetValue(RunNames.IncumbentMetricPrefix + column, out var other)
            || own.Length == 0
        )
        {
            return null;
        }
        // The mean of squares is within (1 + t)² where its root is within 1 + t.
        var factor = column switch
        {
            EvaluationFile.Correct => 1 - tolerance,
            EvaluationFile.SquaredError => (1 + tolerance) * (1 + tolerance),
            _ => 1 + tolerance,
        };
        var sign = column == EvaluationFile.Correct ? -1 : 1;
        return new PairedComparison(
            metric,
            incumbent,
            own.Average(),
            other.Average(),
            tolerance,
            [.. own.Zip(other, (mine, theirs) => sign * (mine - factor * theirs))]
        );
    }

    public GateResult Judge(string gate, GatePolicy policy)
    {
        var alpha = policy.Alpha ?? UsualAlpha;
        var worse = SignFlipTest.PValueGreater(Excess);
        var better = SignFlipTest.PValueGreater([.. Excess.Select(d => -d)]);
        var passed = policy.MustBeBetter ? better < alpha : worse >= alpha;
        var verdict = (policy.MustBeBetter, passed) switch
        {
            (true, true) => "significantly better",
            (true, false) => "not significantly better",
            (false, true) => "not significantly worse",
            _ => "significantly worse",
        };
        var detail = string.Create(
            CultureInfo.InvariantCulture,
            $"{Metric}: mean by row {Candidate:G6} against {Reference:G6} of version {Incumbent} on the same {Excess.Length} rows, {verdict} beyond a tolerance of {Tolerance * 100:0.##} % (paired permutation test, p worse {worse:0.####}, p better {better:0.####}, alpha {alpha:0.####})."
        );
        return Verdict.Of(
            gate,
            passed,
            detail,
            ("value", Candidate),
            ("incumbent", Reference),
            ("tolerance", Tolerance),
            ("rows", Excess.Length),
            ("meanExcess", Excess.Average()),
            ("pWorse", worse),
            ("pBetter", better),
            ("alpha", alpha)
        );
    }

    /// <summary>The loss whose mean orders versions as the metric does. The tolerance of r2 is none of the squared error's.</summary>
    private static string? ColumnOf(string metric, double tolerance) =>
        metric switch
        {
            "mae" => EvaluationFile.AbsoluteError,
            "rmse" => EvaluationFile.SquaredError,
            "r2" when tolerance == 0 => EvaluationFile.SquaredError,
            "logloss" => EvaluationFile.LogLoss,
            "accuracy" => EvaluationFile.Correct,
            _ => null,
        };
}
