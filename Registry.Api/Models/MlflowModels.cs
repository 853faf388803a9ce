using System.Globalization;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Models;

/// <summary>Rows of models and versions in MLflow's words.</summary>
internal static class MlflowModels
{
    public static MlflowModelVersion Version(ModelVersionRow row, string modelName, IEnumerable<AliasRow> aliases) =>
        new()
        {
            Name = modelName,
            Version = Number(row.Version),
            CreationTimestamp = row.CreatedAt.ToUnixTimeMilliseconds(),
            LastUpdatedTimestamp = row.UpdatedAt.ToUnixTimeMilliseconds(),
            CurrentStage = row.Stage,
            Description = row.Description,
            Source = row.Source,
            RunId = row.RunId ?? "",
            RunLink = row.RunLink,
            Tags = [.. row.Tags.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => new MlflowKeyValue(t.Key, t.Value))],
            Aliases = [.. aliases.Where(a => a.Version == row.Version).Select(a => a.Alias).Order(StringComparer.Ordinal)],
        };

    public static MlflowRegisteredModel Model(RegisteredModelRow row, IEnumerable<ModelVersionRow> latest) =>
        new()
        {
            Name = row.Name,
            CreationTimestamp = row.CreatedAt.ToUnixTimeMilliseconds(),
            LastUpdatedTimestamp = row.UpdatedAt.ToUnixTimeMilliseconds(),
            Description = row.Description,
            LatestVersions = [.. latest.OrderBy(v => v.Version).Select(v => Version(v, row.Name, row.Aliases))],
            Tags = [.. row.Tags.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => new MlflowKeyValue(t.Key, t.Value))],
            Aliases =
            [
                .. row.Aliases.OrderBy(a => a.Alias, StringComparer.Ordinal).Select(a => new MlflowAlias(a.Alias, Number(a.Version))),
            ],
        };

    private static string Number(int version) => version.ToString(CultureInfo.InvariantCulture);
}
