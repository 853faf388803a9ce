using System.Text.Json.Nodes;

namespace Slipway.Registry.Api.Audit;

/// <summary>One change of one object, as its store describes it to the <see cref="ChangeRecorder"/>.</summary>
/// <param name="Action">What was done: <c>entity.verb</c> in the past tense, such as <c>model_version.created</c>.</param>
/// <param name="Object">What it was done to, as a path: <c>models/iris/versions/3</c>. A question for <c>models/iris</c> finds it as well.</param>
internal sealed record Change(string Action, string Object)
{
    /// <summary>What a background worker is called where no request stands behind a change.</summary>
    public const string System = "system";

    /// <summary>The state that the change ended; null where something came into being.</summary>
    public JsonObject? Before { get; init; }

    /// <summary>The state that the change made; null where something ceased to be.</summary>
    public JsonObject? After { get; init; }

    /// <summary>The registered model that the change concerns: it decides whether MLflow's events speak of a model or of a prompt.</summary>
    public string? Model { get; init; }
}
