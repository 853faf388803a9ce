namespace Aspire.Hosting;

/// <summary>How a project becomes a resource.</summary>
public class ProjectResourceOptions
{
    /// <summary>The launch profile to use. This runtime reads none: say in the model what the program needs.</summary>
    public string? LaunchProfileName { get; set; }

    /// <summary>Whether to ignore launch profiles.</summary>
    public bool ExcludeLaunchProfile { get; set; }

    /// <summary>Whether to ignore Kestrel's own endpoint settings.</summary>
    public bool ExcludeKestrelEndpoints { get; set; }
}
