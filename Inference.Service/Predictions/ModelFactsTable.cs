using System.Runtime.CompilerServices;
using Slipway.Inference.Engine.Serving;

namespace Slipway.Inference.Service.Predictions;

/// <summary>The <see cref="ModelFacts"/> of each loaded model, for as long as it lives.</summary>
internal sealed class ModelFactsTable
{
    private readonly ConditionalWeakTable<LoadedModel, ModelFacts> _facts = [];

    public ModelFacts Of(LoadedModel model) => _facts.GetValue(model, static loaded => new ModelFacts(loaded));
}
