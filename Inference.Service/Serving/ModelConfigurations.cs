using System.Runtime.CompilerServices;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.Serving;

/// <summary>The configuration that each loaded model was loaded with, for as long as it lives.</summary>
internal sealed class ModelConfigurations
{
    private readonly ConditionalWeakTable<LoadedModel, ModelConfiguration> _configurations = [];

    public void Set(LoadedModel model, ModelConfiguration configuration) => _configurations.AddOrUpdate(model, configuration);

    public ModelConfiguration Of(LoadedModel model) =>
        _configurations.TryGetValue(model, out var configuration)
            ? configuration
            : new ModelConfiguration(new ModelConfig { Name = model.Name }, 0, new Dictionary<string, IReadOnlyList<string>>());
}
