using System.Text.Json.Serialization;

namespace Slipway.Contracts.Monitoring;

/// <summary><c>PUT /api/v1/monitors/{endpoint}</c> and the answer of its GET: what is watched on an endpoint and what an alert does. Every endpoint has one; this is its default.</summary>
public sealed record MonitorDefinition
{
    /// <summary>The endpoint; taken from the path on PUT.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>Width of a window of event time, in seconds; windows start at multiples of it since 1970.</summary>
    public long WindowSeconds { get; set; } = 3600;

    /// <summary>Predictions a window needs before drift is judged.</summary>
    public int MinPredictions { get; set; } = 50;

    /// <summary>Outcomes a window needs before accuracy is judged.</summary>
    public int MinOutcomes { get; set; } = 50;

    /// <summary>The metric that is judged: mae or rmse for a regression, accuracy for a classification; null for mae or accuracy by the model's task.</summary>
    public string? Metric { get; init; }

    /// <summary>Relative loss against the baseline from which a window is bad, e.g. 0.5: an error 50 % above the baseline's, or an accuracy 50 % below it.</summary>
    public double MaxLoss { get; set; } = 0.5;

    /// <summary>PSI from which a feature counts as drifted, if its KS (numeric) or chi-square (categorical) test is significant too after correction for the number of features.</summary>
    public double PsiThreshold { get; set; } = 0.2;

    /// <summary>Share of drifted features from which a window counts as drifted.</summary>
    public double DriftShare { get; set; } = 0.3;

    /// <summary>Bad windows in a row that raise an alert.</summary>
    public int RaiseAfter { get; set; } = 2;

    /// <summary>Good windows in a row that clear it.</summary>
    public int ClearAfter { get; set; } = 2;

    /// <summary>What an accuracy alert does beyond being raised.</summary>
    public RetrainPolicy? Retrain { get; init; }
}

/// <summary>Asks training for a new version when an accuracy alert is raised, and again after the cool-down while it stays open.</summary>
public sealed record RetrainPolicy
{
    /// <summary>True to train on the last job's data followed by the labelled predictions; false for the labelled predictions alone.</summary>
    public bool AppendToPrevious { get; set; } = true;

    /// <summary>The environment to ask promotion to; null, written out on the wire since the default is another, for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? PromoteTo { get; set; } = "production";

    /// <summary>Windows that must pass between two requests for one endpoint.</summary>
    public int CooldownWindows { get; set; } = 2;
}
