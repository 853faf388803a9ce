using System.ComponentModel.DataAnnotations;

namespace Slipway.Registry.Api.Copies;

/// <summary>Copies from other registries. Section <c>Registry:Copies</c>.</summary>
internal sealed class CopyOptions
{
    public const string Section = "Registry:Copies";

    /// <summary>The registries that versions may be copied from; the registry calls no other address.</summary>
    public List<CopySource> Sources { get; } = [];

    /// <summary>
    /// Whether a source may be at a loopback, private or other address outside of the public internet, as where both registries run in one cluster. What a source's
    /// name means is looked up for each connection, so that whoever answers for the name cannot lead the registry into its own network.
    /// </summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>Time between passes over the waiting copies, in seconds; a request wakes the worker before.</summary>
    [Range(1, 3600)]
    public int IntervalSeconds { get; set; } = 10;

    /// <summary>The longest time for one file, in minutes.</summary>
    [Range(1, 1440)]
    public int FileTimeoutMinutes { get; set; } = 30;
}

/// <summary>A registry to copy from.</summary>
internal sealed class CopySource
{
    /// <summary>Its address, as in <c>https://registry.staging.example</c>.</summary>
    public string Url { get; set; } = "";

    /// <summary>A token of that registry, sent as bearer; null where it asks for none.</summary>
    public string? Token { get; set; }
}
