using System.ComponentModel.DataAnnotations;

namespace Slipway.Registry.Api.Vetting;

/// <summary>The examination of model versions. Section <c>Registry:Vetting</c>.</summary>
internal sealed class VettingOptions
{
    public const string Section = "Registry:Vetting";

    /// <summary>
    /// The vetting program: a <c>.dll</c> that <c>dotnet</c> runs, or an executable. By default <c>vetter/Inference.Engine.dll</c>, then
    /// <c>Inference.Engine.dll</c>, beside the service.
    /// </summary>
    public string? EnginePath { get; set; }

    /// <summary>Longest examination, in seconds. The process is killed a little later if it does not end by itself.</summary>
    [Range(1, 3600)]
    public int TimeoutSeconds { get; set; } = 60;

    /// <summary>Most resident memory of the examination, in bytes; the process is killed above it.</summary>
    [Range(64L << 20, 1L << 40)]
    public long MemoryLimitBytes { get; set; } = 2L << 30;

    /// <summary>Time between passes that look for versions whose vetting was interrupted, in seconds.</summary>
    [Range(1, 3600)]
    public int IntervalSeconds { get; set; } = 10;
}
