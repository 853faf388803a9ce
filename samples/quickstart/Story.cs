using System.Globalization;
using Slipway.Contracts.Monitoring;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Training;

namespace Slipway.Quickstart;

/// <summary>
/// Trains a demand model on the first half of 2011, promotes it, and replays the following hours in time order. Rentals become known a day later.
/// Whatever happens after that (drift, alert, retraining, promotion) is the platform's doing; the story only watches and prints.
/// </summary>
internal sealed class Story(QuickstartOptions options, Platform platform, TextWriter output)
{
    private readonly StoryNumbers _numbers = new();
    private string _name = "";

    /// <summary>Runs the story; true when drift was found, the retrained version was promoted, the error fell, and nothing was lost.</summary>
    public async Task<bool> TellAsync(CancellationToken ct)
    {
        var hours = BikeHour.ReadAll(Path.Combine(AppContext.BaseDirectory, "data", "hour.csv"));
        await platform.WaitUntilReadyAsync(ct);
        _name = options.Name ?? await FreeNameAsync(ct);

        var first = await TrainFirstAsync([.. hours.Where(h => h.At < QuickstartOptions.TrainingEnd)], ct);
        await platform.RetryAsync(
            () =>
                platform.Monitoring.PutMonitorAsync(
                    new MonitorDefinition
                    {
                        Endpoint = _name,
                        WindowSeconds = (long)QuickstartOptions.Window.TotalSeconds,
                        Metric = "mae",
                        Retrain = new RetrainPolicy { AppendToPrevious = true, PromoteTo = Environments.Production },
                    },
                    ct
                ),
            ct
        );
        await platform.WaitUntilServedAsync(_name, first, ct);

        var replay = new Replay(_name, platform);
        var window = Replay.WindowOf(QuickstartOptions.TrainingEnd);
        foreach (var day in hours.Where(h => h.At >= QuickstartOptions.TrainingEnd && h.At < options.ReplayEnd).GroupBy(h => h.At.Date))
        {
            var midnight = new DateTimeOffset(day.Key, TimeSpan.Zero).AddDays(1);
            await replay.PredictAsync([.. day], ct);
            await replay.SendOutcomesAsync(midnight - QuickstartOptions.OutcomeDelay, ct);
            if (midnight >= window + QuickstartOptions.Window + QuickstartOptions.OutcomeDelay)
            {
                await ReportWindowAsync(replay, window, ct);
                window += QuickstartOptions.Window;
            }
        }
        await replay.SendOutcomesAsync(DateTimeOffset.MaxValue, ct);
        await CheckNothingIsLostAsync(replay, ct);
        return _numbers.Print(output);
    }

    private async Task<int> TrainFirstAsync(List<BikeHour> hours, CancellationToken ct)
    {
        Say($"Training '{_name}' on {hours.Count:N0} hours, {hours[0].At:yyyy-MM-dd} to {hours[^1].At:yyyy-MM-dd}.");
        var dataset = await platform.UploadAsync($"datasets/{_name}/2011-first-half.csv", BikeHour.ToCsv(hours), ct);
        var job = await platform.RetryAsync(
            () =>
                platform.Training.SubmitAsync(
                    new TrainingJobRequest
                    {
                        Datasets = [dataset],
                        Target = BikeHour.Target,
                        Trainer = "gbdt",
                        Task = "regression",
                        Parameters = new Dictionary<string, string>
                        {
                            ["categorical"] = string.Join(',', BikeHour.Categories),
                            ["split"] = "random",
                            ["refit"] = "true",
                        },
                        ModelName = _name,
                        PromoteTo = Environments.Production,
                        Reason = "quickstart",
                    },
                    ct
                ),
            ct
        );
        var (version, promoted, error, _) = await FollowAsync(job.Id, ct);
        if (!promoted)
        {
            throw new InvalidOperationException($"Version {version} was not promoted.");
        }
        _numbers.FirstError = error;
        Say($"Version {version} is in production. Its error on a fifth of those hours, held out: {error:F1} bicycles an hour.");
        return version;
    }

    /// <summary>Waits for a job and for the promotion it asked for.</summary>
    private async Task<Trained> FollowAsync(Guid jobId, CancellationToken ct)
    {
        TrainingJob? job = null;
        await platform.UntilAsync(
            $"training job {jobId} has ended",
            async () => (job = await platform.Training.FindAsync(jobId, ct)) is { Status: "succeeded" or "failed" or "cancelled" },
            ct
        );
        if (job is not { Status: "succeeded", ModelVersion: { } version, PromotionId: { } promotionId })
        {
            throw new InvalidOperationException($"Training job {jobId} {job!.Status}: {job.ErrorCode} {job.Message}");
        }
        Contracts.Registry.Promotion? promotion = null;
        await platform.UntilAsync(
            $"promotion {promotionId} is decided",
            async () => (promotion = await platform.Registry.FindPromotionAsync(promotionId, ct)) is { Status: not "pending" },
            ct
        );
        foreach (var gate in promotion!.Gates.Where(g => g.Status != "passed" || g.Name == "metric_not_worse"))
        {
            Say($"    gate {gate.Name} {gate.Status}: {gate.Detail}");
        }
        var overview = await platform.RetryAsync(() => platform.Registry.FindVersionAsync(_name, version, ct), ct);
        return new Trained(
            version,
            promotion.Status == "promoted",
            overview!.Metrics["mae"],
            overview.Metrics.GetValueOrDefault(RunNames.IncumbentMetricPrefix + "mae", double.NaN)
        );
    }

    private async Task ReportWindowAsync(Replay replay, DateTimeOffset window, CancellationToken ct)
    {
        var expected = replay.CountIn(window);
        List<WindowReport> reports = [];
        await platform.UntilAsync(
            $"the window of {window:yyyy-MM-dd} has its {expected} outcomes",
            async () =>
            {
                var page = await platform.Monitoring.GetWindowsAsync(_name, 1000, ct);
                reports = [.. page.Windows.Where(w => w.Start == window && w.Closed)];
                return reports.Sum(w => w.PredictionCount) == expected && reports.Sum(w => w.OutcomeCount) == expected;
            },
            ct
        );
        var error = reports.Sum(w => w.Value * w.OutcomeCount) / expected ?? double.NaN;
        var drifted = reports
            .SelectMany(w => w.Drift)
            .Where(d => d.Drifted && d.Feature != "(prediction)")
            .OrderByDescending(d => d.Psi)
            .ToList();
        var versions = string.Join('+', reports.Select(w => $"v{w.Version}"));
        _numbers.AddWindow(window, error, replay.ErrorIn(window), reports);
        Say(
            $"  week of {window:yyyy-MM-dd}  {versions, -6} error {error, 6:F1}"
                + (
                    drifted.Count == 0
                        ? ""
                        : $"   drifted: {string.Join(", ", drifted.Take(3).Select(d => $"{d.Feature} (PSI {d.Psi:F1})"))}"
                )
        );
        await FollowAlertsAsync(window, ct);
    }

    private async Task FollowAlertsAsync(DateTimeOffset window, CancellationToken ct)
    {
        var page = await platform.RetryAsync(() => platform.Monitoring.GetAlertsAsync(_name, ct: ct), ct);
        foreach (var alert in page.Alerts.Reverse())
        {
            if (_numbers.Alerts.Add(alert.Id))
            {
                // What was seen; the window and the rule that follow stand above already.
                Say(
                    $"  ! {alert.Kind} alert on v{alert.Version}: {alert.Message.Split([", over ", " over "], 2, StringSplitOptions.None)[0]}"
                );
            }
            foreach (var job in alert.RetrainingJobs.Where(_numbers.Jobs.Add))
            {
                Say("    retraining on everything known so far was asked for");
                var (version, promoted, error, old) = await FollowAsync(job, ct);
                Say($"    version {version}: error {error:F1} where the old one has {old:F1}; {(promoted ? "promoted" : "not promoted")}");
                if (promoted)
                {
                    await platform.WaitUntilServedAsync(_name, version, ct);
                    _numbers.AddPromotion(new Promotion(window, version, old, error));
                }
            }
        }
    }

    private async Task CheckNothingIsLostAsync(Replay replay, CancellationToken ct)
    {
        EndpointTraffic? traffic = null;
        await platform.UntilAsync(
            $"all {replay.Sent} predictions and their outcomes are stored",
            async () =>
            {
                traffic = await platform.Monitoring.GetTrafficAsync(_name, ct);
                return traffic.Versions.Sum(v => v.Predictions) >= replay.Sent && traffic.Versions.Sum(v => v.Outcomes) >= replay.Sent;
            },
            ct
        );
        _numbers.Sent = replay.Sent;
        _numbers.Stored = traffic!.Versions.Sum(v => v.Predictions);
        _numbers.Joined = traffic.Versions.Sum(v => v.Outcomes);
    }

    private async Task<string> FreeNameAsync(CancellationToken ct)
    {
        const string Standard = "bike-demand";
        for (var i = 1; ; i++)
        {
            var name = i == 1 ? Standard : string.Create(CultureInfo.InvariantCulture, $"{Standard}-{i}");
            if (await platform.RetryAsync(() => platform.Registry.FindModelAsync(name, ct), ct) is null)
            {
                return name;
            }
        }
    }

    private sealed record Trained(int Version, bool Promoted, double Error, double OldError);

    private void Say(string line) => output.WriteLine(line);
}
