using Slipway.Inference.Engine.Serving;

namespace Slipway.Inference.Engine.Ensembles;

/// <summary>
/// One model of an ensemble. <paramref name="Inputs"/> says for each of the model's inputs which of the ensemble's tensors it reads, <paramref name="Outputs"/> under
/// which name an output goes on; an output that is not named is dropped.
/// </summary>
public sealed record EnsembleStep(
    LoadedModel Model,
    IReadOnlyDictionary<string, string> Inputs,
    IReadOnlyDictionary<string, string> Outputs
);
