using System.Diagnostics;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The image that a container is made of.</summary>
[DebuggerDisplay("{Registry}/{Image}:{Tag}")]
public sealed class ContainerImageAnnotation : IResourceAnnotation
{
    /// <summary>The registry's host, such as <c>docker.io</c>; null for the engine's default.</summary>
    public string? Registry { get; set; }

    /// <summary>The image's path within the registry.</summary>
    public required string Image { get; set; }

    /// <summary>The tag.</summary>
    public string? Tag { get; set; }

    /// <summary>The reference as an engine takes it.</summary>
    internal string Reference => $"{(Registry is null ? "" : Registry + "/")}{Image}:{Tag ?? "latest"}";
}
