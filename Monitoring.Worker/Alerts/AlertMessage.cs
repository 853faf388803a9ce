using System.Globalization;
using System.Text.Json;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Drift;
using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Alerts;

/// <summary>Says in words and numbers what the window that raised an alert showed.</summary>
internal static class AlertMessage
{
    private const int FeaturesNamed = 5;

    public static string Of(string kind, WindowRow window, MonitorDefinition monitor) =>
        kind == AlertKinds.Accuracy ? OfAccuracy(window, monitor) : OfDrift(window, monitor);

    private static string OfAccuracy(WindowRow window, MonitorDefinition monitor)
    {
        var loss =
            window.BaselineValue is { } atTraining and > 0 && window.Value is { } value
                ? string.Create(CultureInfo.InvariantCulture, $" ({(value - atTraining) / atTraining:+0%;-0%})")
                : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{window.Metric} is {window.Value:G4} where it was {window.BaselineValue:G4} at training{loss}, over {window.OutcomeCount} outcomes of the window {Span(window)}; {Windows(monitor)} in a row were bad."
        );
    }

    private static string OfDrift(WindowRow window, MonitorDefinition monitor)
    {
        var drift = JsonSerializer.Deserialize(window.Drift, MonitoringJson.Default.IReadOnlyListFeatureDrift) ?? [];
        var features = drift.Where(d => d.Feature != DriftCalculator.PredictionName).ToArray();
        var drifted = features.Where(d => d.Drifted).OrderByDescending(d => d.Psi).ToArray();
        var named = string.Join(
            ", ",
            drifted.Take(FeaturesNamed).Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Feature} {d.Psi:0.00}"))
        );
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{drifted.Length} of {features.Length} features drifted (PSI {named}{(drifted.Length > FeaturesNamed ? ", …" : "")}) over {window.PredictionCount} predictions of the window {Span(window)}; {Windows(monitor)} in a row drifted."
        );
    }

    private static string Span(WindowRow window) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{window.Start.UtcDateTime:yyyy-MM-dd'T'HH:mm'Z'} to {window.End.UtcDateTime:yyyy-MM-dd'T'HH:mm'Z'}"
        );

    private static string Windows(MonitorDefinition monitor) =>
        monitor.RaiseAfter == 1 ? "1 window" : string.Create(CultureInfo.InvariantCulture, $"{monitor.RaiseAfter} windows");
}
