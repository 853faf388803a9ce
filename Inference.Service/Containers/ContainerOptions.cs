namespace Slipway.Inference.Service.Containers;

/// <summary>The routes by which managed endpoints and MLflow call a model server; configuration section <c>Inference:Container</c>.</summary>
internal sealed class ContainerOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Inference:Container";

    /// <summary>The endpoint or model that answers on routes that name none; needed where more than one is served.</summary>
    public string? Model { get; set; }

    /// <summary>Another route of the health check, as Vertex AI asks for one.</summary>
    public string? HealthRoute { get; set; }

    /// <summary>Another route of predictions.</summary>
    public string? PredictRoute { get; set; }

    /// <summary>The folder below which SageMaker's multi-model routes may load models; empty for no such routes.</summary>
    public string? MultiModelFolder { get; set; }
}
