using System.Runtime.CompilerServices;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.Serving;

/// <summary>The configuration that each loaded model was loaded with, whole, for as long as it lives.</summary>
internal sealed class ModelConfigurations
{
    private readonly ConditionalWeakTable<LoadedModel, ModelConfig> _configurations = [];

    public void Set(LoadedModel model, ModelConfig configuration) => _configurations.AddOrUpdate(model, configuration);

    /// <summary>The configuration; not to be changed.</summary>
    public ModelConfig Of(LoadedModel model) =>
        _configurations.TryGetValue(model, out var configuration) ? configuration : new ModelConfig { Name = model.Name };
}
