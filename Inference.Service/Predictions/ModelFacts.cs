using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Service.PredictionLog;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.Predictions;

/// <summary>What the protocols need of a loaded model on every request, made once: its input names in UTF-8, its texts for headers, its prediction-log plan, its counts.</summary>
internal sealed class ModelFacts
{
    private readonly byte[][] _inputNames;
    private readonly ConcurrentDictionary<string, PredictionTags> _tags = new(StringComparer.Ordinal);
    private readonly string _model;
    private PredictionTags _lastTags;

    public ModelFacts(LoadedModel model, ModelConfiguration configuration)
    {
        _model = model.Name;
        Configuration = configuration;
        Signature = model.Signature;
        VersionText = model.Version.ToString(CultureInfo.InvariantCulture);
        ServedBy = Uri.EscapeDataString(model.Name) + "/" + VersionText;
        Plan = new RecordPlan(model.Signature);
        _lastTags = new PredictionTags(_model, _model, VersionText);
        _inputNames = [.. model.Signature.Inputs.Select(input => Encoding.UTF8.GetBytes(input.Name))];
        OutputNames = [.. model.Signature.Outputs.Select(output => Encoding.UTF8.GetBytes(output.Name))];
    }

    public ModelSignature Signature { get; }

    /// <summary>How it was configured.</summary>
    public ModelConfiguration Configuration { get; }

    /// <summary>The version number as text.</summary>
    public string VersionText { get; }

    /// <summary><c>{model}/{version}</c>, the model percent-encoded, since a header holds ASCII.</summary>
    public string ServedBy { get; }

    public RecordPlan Plan { get; }

    /// <summary>The outputs' names in UTF-8, in the order of the signature.</summary>
    public byte[][] OutputNames { get; }

    /// <summary>What its requests cost.</summary>
    public ModelStatistics Statistics { get; } = new();

    /// <summary>The labels of requests by a name: the model's, or that of an endpoint which routes to it.</summary>
    public PredictionTags TagsOf(string name)
    {
        var last = _lastTags;
        if (last.Endpoint == name)
        {
            return last;
        }
        // Bounded by the names that are served.
        return _lastTags = _tags.GetOrAdd(
            name,
            static (endpoint, facts) => new PredictionTags(endpoint, facts._model, facts.VersionText),
            this
        );
    }

    /// <summary>The index of an output, or -1.</summary>
    public int FindOutput(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < OutputNames.Length; i++)
        {
            if (name.SequenceEqual(OutputNames[i]))
            {
                return i;
            }
        }
        return -1;
    }

    /// <summary>The index of an input, or -1. Callers send inputs in some fixed order, so the search begins at a guess.</summary>
    public int FindInput(ReadOnlySpan<byte> name, int guess)
    {
        for (var i = 0; i < _inputNames.Length; i++)
        {
            var index = guess + i;
            index = index >= _inputNames.Length ? index - _inputNames.Length : index;
            if (name.SequenceEqual(_inputNames[index]))
            {
                return index;
            }
        }
        return -1;
    }
}
