using System.Runtime.CompilerServices;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.Predictions;

/// <summary>The <see cref="ModelFacts"/> of each loaded model, for as long as it lives.</summary>
internal sealed class ModelFactsTable(ModelConfigurations configurations)
{
    private readonly ConditionalWeakTable<LoadedModel, ModelFacts> _facts = [];

    public ModelFacts Of(LoadedModel model) =>
        _facts.TryGetValue(model, out var facts)
            ? facts
            : _facts.GetValue(model, loaded => new ModelFacts(loaded, configurations.Of(loaded)));
}
