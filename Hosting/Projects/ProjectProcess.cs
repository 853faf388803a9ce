using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Run;

namespace Aspire.Hosting.Projects;

/// <summary>Describes how a project's program is started.</summary>
internal sealed class ProjectProcess(ProjectVariables variables)
{
    /// <summary>A process of its own, as Aspire starts it.</summary>
    public ManagedProcess For(ProjectResource project) =>
        new()
        {
            Name = project.Name,
            Prepare = token => PrepareAsync(project, token),
            Waits = [.. project.Annotations.OfType<WaitAnnotation>()],
        };

    /// <summary>All projects in the process of <paramref name="hostProjectPath"/>.</summary>
    public ManagedProcess ForEmbedded(string name, string hostProjectPath, IReadOnlyList<ProjectResource> projects) =>
        new()
        {
            Name = name,
            Hosted = [.. projects.Select(p => p.Name)],
            Prepare = async token => Spec(hostProjectPath, [], await variables.ForEmbeddedAsync(name, projects, token)),
            // They start together: waits between them have no meaning, and waits for servers hold for all.
            Waits =
            [
                .. projects
                    .SelectMany(p => p.Annotations.OfType<WaitAnnotation>())
                    .Where(w => w.Resource is not ProjectResource)
                    .DistinctBy(w => (w.Resource, w.WaitType)),
            ],
        };

    private async Task<ProcessSpec> PrepareAsync(ProjectResource project, CancellationToken cancellationToken) =>
        Spec(
            project.Annotations.OfType<IProjectMetadata>().Last().ProjectPath,
            await EnvironmentEvaluator.GetArgumentsAsync(project, cancellationToken),
            await variables.ForProjectAsync(project, cancellationToken)
        );

    private static ProcessSpec Spec(string projectPath, IReadOnlyList<string> arguments, Dictionary<string, string?> environment)
    {
        var program = ProjectOutput.Find(projectPath);
        var folder = Path.GetDirectoryName(projectPath)!;
        return new ProcessSpec
        {
            FileName = ProgramPath.DotNet,
            Arguments = [program, .. arguments],
            // The project's folder, as `dotnet run` has it: settings files and web files are found there.
            WorkingDirectory = Directory.Exists(folder) ? folder : Path.GetDirectoryName(program)!,
            Environment = environment,
        };
    }
}
