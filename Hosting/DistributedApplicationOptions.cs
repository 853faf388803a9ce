namespace Aspire.Hosting;

/// <summary>How an application is built.</summary>
public sealed class DistributedApplicationOptions
{
    /// <summary>The command line.</summary>
#pragma warning disable CA1819 // Aspire's shape.
    public string[]? Args { get; set; }
#pragma warning restore CA1819 // see above

    /// <summary>The name of the assembly that holds the model; default: the program's own.</summary>
    public string? AssemblyName { get; set; }

    /// <summary>The folder that relative paths count from; default: AppHost's project folder.</summary>
    public string? ProjectDirectory { get; set; }
}
