using System.Text.Json.Serialization;

namespace Slipway.Training.Worker.Runner;

/// <summary>One line of JSON that the child process writes while it works; <c>type</c> says which kind it is.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ProgressEvent), "progress")]
[JsonDerivedType(typeof(MetricEvent), "metric")]
[JsonDerivedType(typeof(ParamEvent), "param")]
[JsonDerivedType(typeof(ResultEvent), "result")]
[JsonDerivedType(typeof(ErrorEvent), "error")]
internal abstract record TrainingEvent;

/// <summary>How far the whole run has come, from 0 to 1, never falling.</summary>
internal sealed record ProgressEvent(double Fraction, string Message) : TrainingEvent;

/// <summary>A metric of the run; a NaN is written as text, as MLflow does.</summary>
internal sealed record MetricEvent(string Key, double Value, int Step) : TrainingEvent;

/// <summary>A parameter of the run as used, defaults included, or something that the fit found.</summary>
internal sealed record ParamEvent(string Key, string Value) : TrainingEvent;

/// <summary>The run is done and the model folder complete; always the last line of a success.</summary>
internal sealed record ResultEvent(
    string ModelFolder,
    string Task,
    int TrainRows,
    int HoldoutRows,
    int FeatureCount,
    IReadOnlyDictionary<string, double> Metrics,
    IncumbentResult? Incumbent
) : TrainingEvent;

/// <summary>What went wrong; always the last line of a failure.</summary>
internal sealed record ErrorEvent(string Code, string Message, string? Parameter, string? File, long? Line) : TrainingEvent;
