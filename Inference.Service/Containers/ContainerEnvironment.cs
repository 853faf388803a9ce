using System.Globalization;
using Slipway.Inference.Service.Repository;

namespace Slipway.Inference.Service.Containers;

/// <summary>
/// What the environment of a managed endpoint asks of a container, made into settings: SageMaker (<c>serve</c>), Vertex AI (<c>AIP_…</c>), Azure ML
/// (<c>AZUREML_MODEL_DIR</c>), Cloud Run (<c>PORT</c>). Settings that are given otherwise win.
/// </summary>
internal static class ContainerEnvironment
{
    private const string SageMakerModels = "/opt/ml/model";
    private const string SageMakerManyModels = "/opt/ml/models";

    /// <summary>The settings; none outside such an environment. Throws <see cref="FormatException"/> on a port that is none.</summary>
    public static IReadOnlyDictionary<string, string?> Read(IReadOnlyList<string> args, Func<string, string?> variable)
    {
        var settings = new Dictionary<string, string?>();
        var isSageMaker = args is ["serve", ..];
        var vertexPort = variable("AIP_HTTP_PORT");
        var port =
            vertexPort is not null ? Port("AIP_HTTP_PORT", vertexPort)
            : isSageMaker ? Port("SAGEMAKER_BIND_TO_PORT", variable("SAGEMAKER_BIND_TO_PORT") ?? "8080")
            : variable("PORT") is { } plain ? Port("PORT", plain)
            : null;
        if (port is not null)
        {
            settings["urls"] = $"http://0.0.0.0:{port}";
        }
        Set("HealthRoute", variable("AIP_HEALTH_ROUTE"));
        Set("PredictRoute", variable("AIP_PREDICT_ROUTE"));
        var hasManyModels = isSageMaker && string.Equals(variable("SAGEMAKER_MULTI_MODEL"), "true", StringComparison.OrdinalIgnoreCase);
        if (hasManyModels)
        {
            // The platform says which of the models below the folder are to be loaded, and when.
            settings[$"{ContainerOptions.Section}:MultiModelFolder"] = SageMakerManyModels;
            settings[$"{RepositoryOptions.Section}:ControlMode"] = "explicit";
        }
        var models =
            variable("AZUREML_MODEL_DIR")
            ?? (
                hasManyModels ? SageMakerManyModels
                : isSageMaker ? SageMakerModels
                : null
            )
            // Vertex gives the address of a bucket, unless the container has its own copy.
            ?? (variable("AIP_STORAGE_URI") is { } storage && Path.IsPathRooted(storage) ? storage : null);
        if (models is not null)
        {
            settings[$"{RepositoryOptions.Section}:Paths:0"] = models;
        }
        return settings;

        void Set(string name, string? value)
        {
            if (value is { Length: > 0 })
            {
                settings[$"{ContainerOptions.Section}:{name}"] = value;
            }
        }
    }

    private static string Port(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? value
            : throw new FormatException($"{name} is no port: '{value}'");
}
