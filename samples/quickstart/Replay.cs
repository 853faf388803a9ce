using System.Collections.Concurrent;
using System.Globalization;
using Slipway.Contracts.Monitoring;

namespace Slipway.Quickstart;

/// <summary>Sends hours as predictions and, later, their rentals as outcomes; keeps its own count and error to hold against the platform's.</summary>
internal sealed class Replay(string endpoint, Platform platform)
{
    private const int Concurrency = 4;
    private readonly Queue<BikeHour> _awaitingOutcome = [];
    private readonly ConcurrentDictionary<DateTimeOffset, (int Count, double AbsoluteError)> _windows = new();

    /// <summary>Predictions that were answered.</summary>
    public int Sent { get; private set; }

    /// <summary>Predicts every hour, a few at a time.</summary>
    public async Task PredictAsync(IReadOnlyList<BikeHour> hours, CancellationToken ct)
    {
        await Parallel.ForEachAsync(
            hours,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = ct },
            async (hour, token) =>
            {
                var (value, _) = await platform.PredictAsync(endpoint, IdOf(hour), hour, token);
                _windows.AddOrUpdate(
                    WindowOf(hour.At),
                    _ => (1, Math.Abs(value - hour.Rentals)),
                    (_, w) => (w.Count + 1, w.AbsoluteError + Math.Abs(value - hour.Rentals))
                );
            }
        );
        Sent += hours.Count;
        foreach (var hour in hours)
        {
            _awaitingOutcome.Enqueue(hour);
        }
    }

    /// <summary>Sends the rentals of all predicted hours before <paramref name="known"/>.</summary>
    public async Task SendOutcomesAsync(DateTimeOffset known, CancellationToken ct)
    {
        List<Outcome> due = [];
        while (_awaitingOutcome.TryPeek(out var hour) && hour.At < known)
        {
            due.Add(new Outcome { PredictionId = IdOf(hour), Value = hour.Rentals });
            _awaitingOutcome.Dequeue();
        }
        if (due.Count == 0)
        {
            return;
        }
        var result = await platform.RetryAsync(() => platform.Monitoring.SendOutcomesAsync(new OutcomeBatch { Outcomes = due }, ct), ct);
        if (result.Conflicts.Count > 0)
        {
            throw new InvalidOperationException($"{result.Conflicts.Count} outcomes contradict stored ones, e.g. {result.Conflicts[0]}.");
        }
    }

    /// <summary>Predictions of the window that starts at <paramref name="window"/>.</summary>
    public int CountIn(DateTimeOffset window) => _windows[window].Count;

    /// <summary>Mean absolute error of that window, as this client saw it.</summary>
    public double ErrorIn(DateTimeOffset window) => _windows[window].AbsoluteError / _windows[window].Count;

    /// <summary>Start of the window that <paramref name="at"/> falls into: windows are aligned to 1970-01-01.</summary>
    public static DateTimeOffset WindowOf(DateTimeOffset at)
    {
        var width = (long)QuickstartOptions.Window.TotalSeconds;
        return DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds() / width * width);
    }

    private string IdOf(BikeHour hour) => string.Create(CultureInfo.InvariantCulture, $"{endpoint}-{hour.At:yyyyMMddHH}");
}
