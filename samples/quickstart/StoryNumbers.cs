using Slipway.Contracts.Monitoring;

namespace Slipway.Quickstart;

/// <summary>The numbers that the story collects, and the judgement at its end.</summary>
internal sealed class StoryNumbers
{
    private const int Weeks = 3;
    private readonly List<(DateTimeOffset Start, double Error, double OwnError, IReadOnlyList<WindowReport> Reports)> _windows = [];
    private readonly List<(DateTimeOffset After, int Version)> _promotions = [];

    public HashSet<Guid> Alerts { get; } = [];
    public HashSet<Guid> Jobs { get; } = [];
    public double FirstError { get; set; }
    public long Sent { get; set; }
    public long Stored { get; set; }
    public long Joined { get; set; }

    public void AddWindow(DateTimeOffset start, double error, double ownError, IReadOnlyList<WindowReport> reports) =>
        _windows.Add((start, error, ownError, reports));

    public void AddPromotion(DateTimeOffset afterWindow, int version) => _promotions.Add((afterWindow, version));

    /// <summary>Prints the summary; true when the loop did what it is for.</summary>
    public bool Print(TextWriter output)
    {
        var drift = _windows.FirstOrDefault(w => w.Reports.Any(r => r.Drifted == true));
        var before =
            _promotions.Count == 0
                ? double.NaN
                : _windows.Where(w => w.Start <= _promotions[0].After).TakeLast(Weeks).Average(w => w.Error);
        // The week after the decision is answered by both versions, so the comparison starts with the one after it.
        var afterWindows = _promotions.Count == 0 ? [] : _windows.Where(w => w.Start > _promotions[0].After).Skip(1).Take(Weeks).ToList();
        var after = afterWindows.Count == 0 ? double.NaN : afterWindows.Average(w => w.Error);
        var disagreement = _windows.Max(w => Math.Abs(w.Error - w.OwnError));

        output.WriteLine();
        output.WriteLine($"First error (holdout)         {FirstError, 8:F1} bicycles an hour");
        output.WriteLine($"Drift found                   {(drift.Reports is null ? "no" : $"{drift.Start:yyyy-MM-dd}"), 8}");
        output.WriteLine($"Error before retraining       {before, 8:F1} (mean of the {Weeks} weeks before)");
        output.WriteLine($"Error after retraining        {after, 8:F1} (mean of the {Weeks} weeks after)");
        output.WriteLine($"Retrained versions promoted   {_promotions.Count, 8} of {Jobs.Count}");
        output.WriteLine($"Predictions sent / stored     {Sent, 8} / {Stored}");
        output.WriteLine($"Outcomes sent / joined        {Sent, 8} / {Joined}");
        output.WriteLine($"Monitor's and caller's error  {(disagreement < 1e-3 ? "agree" : $"differ by {disagreement:F4}"), 8}");

        return drift.Reports is not null && after < before && Sent == Stored && Sent == Joined && disagreement < 1e-3;
    }
}
