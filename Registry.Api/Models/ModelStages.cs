using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Models;

/// <summary>
/// MLflow's stages: a label of a version. A promotion sets it along with the alias that serves; setting it by hand changes the label alone.
/// </summary>
internal static class ModelStages
{
    public const string None = "None";
    public const string Staging = "Staging";
    public const string Production = "Production";
    public const string Archived = "Archived";

    public static IReadOnlyList<string> All { get; } = [None, Staging, Production, Archived];

    public static string Parse(string stage) =>
        All.FirstOrDefault(known => known.Equals(stage, StringComparison.OrdinalIgnoreCase))
        ?? throw MlflowRefusal.Invalid(
            $"Invalid Model Version stage: {MlflowRules.Shorten(stage)}. Value must be one of {string.Join(", ", All)}."
        );
}
