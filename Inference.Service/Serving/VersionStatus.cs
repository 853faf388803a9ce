using Slipway.Inference.Engine.Serving;

namespace Slipway.Inference.Service.Serving;

/// <summary>How far a version is: <c>ready</c> with its model, <c>loading</c>, or <c>failed</c> with the reason.</summary>
internal sealed record VersionStatus(VersionId Id, string State, string? Reason, LoadedModel? Model)
{
    /// <summary>Whether it failed because there was no memory for it.</summary>
    public bool IsOutOfMemory { get; init; }

    public const string Ready = "ready";
    public const string Loading = "loading";
    public const string Failed = "failed";
}
