using System.Globalization;
using Slipway.Contracts.Messages;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Tests.Drift;

namespace Slipway.Monitoring.Worker.Tests.Hosting;

/// <summary>Predictions and outcomes as tests need them: endpoint <c>demand</c>, model <c>bikes</c>, one feature <c>x</c> between 0 and 1.</summary>
internal static class Records
{
    public const string Endpoint = "demand";
    public const string Model = "bikes";

    public static DateTimeOffset Start { get; } = new(2025, 6, 1, 0, 0, 0, TimeSpan.Zero);

    public static PredictionRecord Prediction(string id, DateTimeOffset? at = null, double value = 10, double x = 0.5, int version = 1) =>
        new()
        {
            PredictionId = id,
            Endpoint = Endpoint,
            Model = Model,
            Version = version,
            At = at ?? Start,
            LatencyMs = 2,
            Numbers = new Dictionary<string, double?> { ["x"] = x },
            Value = value,
        };

    /// <summary><paramref name="count"/> predictions of hour <paramref name="hour"/>, each of value 10, features even over 0 to 1 plus <paramref name="shift"/>.</summary>
    public static PredictionRecord[] Hour(int hour, int count = 60, double shift = 0, int version = 1) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                    Prediction(Id(hour, i, version), Start.AddHours(hour).AddSeconds(i), 10, ((i + 0.5) / count) + shift, version)
                ),
        ];

    /// <summary>Outcomes of <see cref="Hour"/>, each <paramref name="error"/> below its prediction.</summary>
    public static OutcomeBatch Outcomes(int hour, double error, int count = 60, int version = 1) =>
        new()
        {
            Outcomes = [.. Enumerable.Range(0, count).Select(i => new Outcome { PredictionId = Id(hour, i, version), Value = 10 - error })],
        };

    public static BaselineProfile Baseline(double mae = 2) =>
        Profiles.Of(
            Profiles.Numeric("y", [.. Enumerable.Repeat(10.0, 100)]),
            new Dictionary<string, double> { ["mae"] = mae },
            "regression",
            Profiles.Numeric("x", [.. Enumerable.Range(0, 1000).Select(i => (i + 0.5) / 1000)])
        );

    private static string Id(int hour, int i, int version) => string.Create(CultureInfo.InvariantCulture, $"v{version}-h{hour}-{i}");
}
