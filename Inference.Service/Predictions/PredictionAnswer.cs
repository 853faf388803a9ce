using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.Predictions;

/// <summary>What a protocol needs to write an answer.</summary>
internal readonly ref struct PredictionAnswer
{
    /// <summary>The name that was called: an endpoint's or a model's.</summary>
    public required string Name { get; init; }

    /// <summary>The id for the caller.</summary>
    public required string Id { get; init; }

    /// <summary>The request.</summary>
    public required PredictionRequest Request { get; init; }

    /// <summary>The model that answered.</summary>
    public required ModelFacts Facts { get; init; }

    /// <summary>The outputs in the order of the signature.</summary>
    public required IReadOnlyList<Tensor> Outputs { get; init; }

    /// <summary>How many outputs the answer has.</summary>
    public int OutputCount => Request.RequestedOutputs?.Length ?? Outputs.Count;

    /// <summary>The output at a place of the answer, as it was asked for.</summary>
    public RequestedOutput OutputAt(int place) =>
        Request.RequestedOutputs?[place] ?? new RequestedOutput(place, IsBinary: null, Classes: 0);

    /// <summary>The tensor to send for an output: its own, or its highest values as classes.</summary>
    public Tensor TensorOf(in RequestedOutput output) =>
        output.Classes == 0
            ? Outputs[output.Index]
            : Classification.Of(
                Outputs[output.Index],
                output.Classes,
                Facts.Configuration.IsBatched,
                Facts.Configuration.LabelsOf(Outputs[output.Index].Name)
            );
}
