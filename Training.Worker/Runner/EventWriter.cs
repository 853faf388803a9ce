using System.Text.Json;
using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Runner;

/// <summary>
/// Writes events as lines, flushed one by one so that the parent sees them at once. As the trainers' observer it places a fit's progress
/// within the whole run and thins it out to steps of a percent.
/// </summary>
internal sealed class EventWriter(TextWriter output) : ITrainingObserver
{
    private const double ProgressStep = 0.01;
    private double _last = -1;
    private double _from;
    private double _to = 1;
    private bool _metrics = true;

    public void Write(TrainingEvent trainingEvent)
    {
        output.WriteLine(JsonSerializer.Serialize(trainingEvent, RunnerJson.Default.TrainingEvent));
        output.Flush();
    }

    /// <summary>Announces a step of the run.</summary>
    public void Step(double fraction, string message)
    {
        _last = fraction;
        Write(new ProgressEvent(fraction, message));
    }

    /// <summary>The next fit takes this part of the run; a refit's metrics would overwrite those of the fit and are left out.</summary>
    public void EnterFit(double from, double to, bool metrics) => (_from, _to, _metrics) = (from, to, metrics);

    public void Params(IEnumerable<KeyValuePair<string, string>> parameters)
    {
        foreach (var (key, value) in parameters)
        {
            Write(new ParamEvent(key, value));
        }
    }

    public void Metric(string key, double value, int step)
    {
        if (_metrics)
        {
            Write(new MetricEvent(key, value, step));
        }
    }

    public void Progress(double fraction, string message)
    {
        var overall = _from + (fraction * (_to - _from));
        if (overall >= _last + ProgressStep)
        {
            Step(Math.Round(overall, 4), message);
        }
    }
}
