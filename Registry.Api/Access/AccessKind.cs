namespace Slipway.Registry.Api.Access;

/// <summary>What kind of object a route acts on, and so how it is found.</summary>
internal enum AccessKind
{
    /// <summary>No object of its own, or several of which the handler returns those that the caller may read.</summary>
    None,

    /// <summary>All objects: the right must hold on the pattern <c>*</c>.</summary>
    Everything,

    /// <summary>A registered model, by name; its versions, aliases and tags belong to it.</summary>
    Model,

    /// <summary>A name that a model is to get. Where it is taken, the right is that on the model that has it.</summary>
    NewModel,

    /// <summary>An experiment, by id.</summary>
    Experiment,

    /// <summary>An experiment, by name.</summary>
    ExperimentName,

    /// <summary>A name that an experiment is to get. Where it is taken, the right is that on the experiment that has it.</summary>
    NewExperiment,

    /// <summary>A run: the right is that on its experiment.</summary>
    Run,

    /// <summary>A logged model: the right is that on its experiment.</summary>
    LoggedModel,

    /// <summary>A path of the artifact store: the right is that on the experiment whose location holds it.</summary>
    ArtifactPath,

    /// <summary>An address that a version is made from: <c>runs:/</c>, <c>models:/</c> or a path of the artifact store.</summary>
    Source,

    /// <summary>A blob by digest: the right on any model with a version that holds it is enough.</summary>
    Blob,

    /// <summary>A serving endpoint: the right is that on every model that it routes to, and that the request says it shall route to.</summary>
    Endpoint,

    /// <summary>A promotion: the right is that on its model.</summary>
    Promotion,

    /// <summary>A copy from another registry: the right is that on the model that it becomes here.</summary>
    Copy,
}
