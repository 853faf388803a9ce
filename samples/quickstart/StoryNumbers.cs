using Slipway.Contracts.Monitoring;

namespace Slipway.Quickstart;

/// <summary>The numbers that the story collects, and the judgement at its end.</summary>
internal sealed class StoryNumbers
{
    // As many as raise an alert, so that the weeks before are those that did.
    private const int Weeks = 2;
    private readonly List<(DateTimeOffset Start, double Error, double OwnError, IReadOnlyList<WindowReport> Reports)> _windows = [];
    private readonly List<Promotion> _promotions = [];

    public HashSet<Guid> Alerts { get; } = [];
    public HashSet<Guid> Jobs { get; } = [];
    public double FirstError { get; set; }
    public long Sent { get; set; }
    public long Stored { get; set; }
    public long Joined { get; set; }

    public void AddWindow(DateTimeOffset start, double error, double ownError, IReadOnlyList<WindowReport> reports) =>
        _windows.Add((start, error, ownError, reports));

    public void AddPromotion(Promotion promotion) => _promotions.Add(promotion);

    /// <summary>Prints the summary; true when the loop did what it is for.</summary>
    public bool Print(TextWriter output)
    {
        var drift = _windows.FirstOrDefault(w => w.Reports.Any(r => r.Drifted == true));
        var before =
            _promotions.Count == 0
                ? double.NaN
                : _windows.Where(w => w.Start <= _promotions[0].AfterWindow).TakeLast(Weeks).Average(w => w.Error);
        // The week after the decision is answered by both versions, so the comparison starts with the one after it.
        var afterWindows =
            _promotions.Count == 0 ? [] : _windows.Where(w => w.Start > _promotions[0].AfterWindow).Skip(1).Take(Weeks).ToList();
        var after = afterWindows.Count == 0 ? double.NaN : afterWindows.Average(w => w.Error);
        var disagreement = _windows.Max(w => Math.Abs(w.Error - w.OwnError));

        var first = _promotions.FirstOrDefault();
        output.WriteLine();
        output.WriteLine($"First error, held out              {FirstError, 8:F1} bicycles an hour");
        output.WriteLine($"Drift found in the week of       {(drift.Reports is null ? "never" : $"{drift.Start:yyyy-MM-dd}"), 10}");
        output.WriteLine($"First error alert after the week {(first is null ? "never" : $"{first.AfterWindow:yyyy-MM-dd}"), 10}");
        output.WriteLine($"Error before retraining            {before, 8:F1} the {Weeks} weeks that raised the alert");
        output.WriteLine($"Error after retraining             {after, 8:F1} the first {Weeks} full weeks of version {first?.Version}");
        output.WriteLine(
            $"On the same rows, old and new      {first?.OldError, 8:F1} and {first?.NewError:F1}, rows that neither had seen"
        );
        output.WriteLine($"Retrained versions promoted        {_promotions.Count, 8} of {Jobs.Count}");
        output.WriteLine($"Predictions answered, stored       {Sent, 8:N0} and {Stored:N0}");
        output.WriteLine($"Outcomes acknowledged, joined      {Sent, 8:N0} and {Joined:N0}");
        output.WriteLine($"Monitor's and caller's error       {(disagreement < 1e-3 ? "agree" : $"differ by {disagreement:F4}"), 8}");

        return drift.Reports is not null && after < before && Sent == Stored && Sent == Joined && disagreement < 1e-3;
    }
}

/// <summary>A retrained version that took over: after which week, and both versions' errors on the rows that the gate compared them on.</summary>
internal sealed record Promotion(DateTimeOffset AfterWindow, int Version, double OldError, double NewError);
