namespace Aspire.Hosting.ApplicationModel;

/// <summary>A program that is already on the machine.</summary>
public class ExecutableResource
    : Resource,
        IResourceWithEnvironment,
        IResourceWithArgs,
        IResourceWithEndpoints,
        IResourceWithWaitSupport,
        IResourceWithProbes,
        IComputeResource
{
    /// <summary>Describes the program; a relative folder counts from AppHost's.</summary>
    public ExecutableResource(string name, string command, string workingDirectory)
        : base(name)
    {
        ArgumentException.ThrowIfNullOrEmpty(command);
        ArgumentNullException.ThrowIfNull(workingDirectory);
        Command = command;
        WorkingDirectory = workingDirectory;
    }

    /// <summary>The program: a path, or a name to be found on PATH.</summary>
    public string Command { get; }

    /// <summary>The folder that it runs in.</summary>
    public string WorkingDirectory { get; }
}
