using Slipway.Contracts.Serving;
using Slipway.Inference.Engine.Ensembles;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Repository;

namespace Slipway.Inference.Service.Serving;

/// <summary>Turns an ensemble's configuration into what the engine runs, and says what is wrong with it.</summary>
internal static class EnsembleConfiguration
{
    private const string Batch = "batch";

    /// <summary>Whether a version has no bytes of its own, only steps.</summary>
    public static bool IsEnsemble(ServedModelVersion version) => version.ModelFile.Length == 0;

    /// <summary>The configuration of a version that is an ensemble. Throws <see cref="RepositoryException"/> where it is none.</summary>
    public static ModelConfig Read(ServedModelVersion version)
    {
        var config = ModelConfigFile.Parse(version.Configuration ?? "{}");
        ModelConfigFile.Complete(config, version.Model);
        if (config.EnsembleScheduling is not { Step.Count: > 0 })
        {
            throw new RepositoryException($"must specify 'step' for ensemble '{version.Model}'");
        }
        if (config.Input.Count == 0 || config.Output.Count == 0)
        {
            throw new RepositoryException($"must specify 'input' and 'output' for ensemble '{version.Model}'");
        }
        foreach (var step in config.EnsembleScheduling.Step)
        {
            if (step.ModelName.Length == 0 || step.InputMap.Count == 0 || step.OutputMap.Count == 0)
            {
                throw new RepositoryException(
                    $"must specify 'model_name', 'input_map' and 'output_map' in every step of ensemble '{version.Model}'"
                );
            }
        }
        return config;
    }

    /// <summary>Inputs and outputs as the configuration has them.</summary>
    public static ModelSignature SignatureOf(ModelConfig config) =>
        new(
            [.. config.Input.Select(input => Tensor(config, input.Name, input.DataType, input.Dims))],
            [.. config.Output.Select(output => Tensor(config, output.Name, output.DataType, output.Dims))]
        );

    /// <summary>The steps over their models, which are given in the same order.</summary>
    public static IReadOnlyList<EnsembleStep> StepsOf(ModelConfig config, IReadOnlyList<LoadedModel> models) =>
        [
            .. config.EnsembleScheduling.Step.Zip(
                models,
                (step, model) =>
                    new EnsembleStep(
                        model,
                        step.InputMap.ToDictionary(StringComparer.Ordinal),
                        step.OutputMap.ToDictionary(StringComparer.Ordinal)
                    )
            ),
        ];

    /// <summary>Refuses a step that takes fewer rows than the ensemble promises. 0 rows stand for no limit that anybody has set.</summary>
    public static void CheckRows(ModelConfig config, string step, int stepRows)
    {
        if (stepRows > 0 && config.MaxBatchSize > stepRows)
        {
            throw new RepositoryException(
                $"ensemble '{config.Name}' allows maximum batch size {config.MaxBatchSize}, but it contains model '{step}' which only allows maximum batch size to be {stepRows}"
            );
        }
    }

    private static ModelTensor Tensor(ModelConfig config, string name, DataType type, IReadOnlyList<long> dims)
    {
        if (!ModelConfigGraph.TryFind(type, out var element))
        {
            throw new RepositoryException($"tensor '{name}' of ensemble '{config.Name}' has no data type");
        }
        return config.MaxBatchSize > 0
            ? new ModelTensor(name, element, [-1, .. dims], [Batch, .. dims.Select(_ => "")])
            : new ModelTensor(name, element, [.. dims], [.. dims.Select(_ => "")]);
    }
}
