using Slipway.Contracts.Serving;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Service.Repository;

namespace Slipway.Inference.Service.Serving;

/// <summary>Finds the models that an ensemble calls among those that are loaded.</summary>
internal static class EnsembleSteps
{
    /// <summary>
    /// The models in the order of the steps; null when some are not loaded yet, or with a <paramref name="problem"/> that no waiting will solve.
    /// </summary>
    public static IReadOnlyList<LoadedModel>? Find(
        ServedModelVersion ensemble,
        IReadOnlyDictionary<VersionId, ServedModelVersion> wanted,
        IReadOnlyDictionary<VersionId, LoadedModel> loaded,
        IReadOnlyDictionary<VersionId, LoadFailure> failures,
        out string? problem
    )
    {
        var byName = wanted.Values.ToLookup(version => version.Model, StringComparer.Ordinal);
        problem = null;
        try
        {
            problem = FindCircle(ensemble, byName, []);
            var models = new List<LoadedModel>();
            foreach (var step in EnsembleConfiguration.Read(ensemble).EnsembleScheduling.Step)
            {
                if (problem is not null)
                {
                    return null;
                }
                if (EnsembleDigests.Choose(byName[step.ModelName], step.ModelVersion) is not { } version)
                {
                    var which = step.ModelVersion > 0 ? $"version {step.ModelVersion} of '{step.ModelName}'" : $"'{step.ModelName}'";
                    problem = $"ensemble '{ensemble.Model}' depends on {which} which is not served";
                    return null;
                }
                var id = VersionId.Of(version);
                if (loaded.TryGetValue(id, out var model))
                {
                    models.Add(model);
                }
                else if (failures.TryGetValue(id, out var failure))
                {
                    problem =
                        $"ensemble '{ensemble.Model}' depends on '{step.ModelName}' which has no loaded version. Model '{step.ModelName}' loading failed with error: {failure.Reason}";
                    return null;
                }
                else
                {
                    return null;
                }
            }
            return models;
        }
        catch (RepositoryException e)
        {
            problem = e.Message;
            return null;
        }
    }

    private static string? FindCircle(ServedModelVersion version, ILookup<string, ServedModelVersion> byName, List<string> path)
    {
        if (!EnsembleConfiguration.IsEnsemble(version))
        {
            return null;
        }
        if (path.Contains(version.Model, StringComparer.Ordinal))
        {
            return $"circular dependency between ensembles: {string.Join(" -> ", path)} -> {version.Model}";
        }
        path.Add(version.Model);
        foreach (var step in EnsembleConfiguration.Read(version).EnsembleScheduling.Step)
        {
            if (
                EnsembleDigests.Choose(byName[step.ModelName], step.ModelVersion) is { } next
                && FindCircle(next, byName, path) is { } problem
            )
            {
                return problem;
            }
        }
        path.RemoveAt(path.Count - 1);
        return null;
    }
}
