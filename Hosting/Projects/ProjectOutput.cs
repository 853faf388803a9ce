namespace Aspire.Hosting.Projects;

/// <summary>Finds the program that the build made of a project.</summary>
internal static class ProjectOutput
{
    public static string Find(string projectPath)
    {
        var name = Path.GetFileNameWithoutExtension(projectPath);
        var candidates = Candidates(projectPath, name).ToList();
        return candidates.Find(File.Exists)
            ?? throw new DistributedApplicationException(
                $"The project '{name}' is not built: {candidates[0]} does not exist. Build AppHost, which builds everything that it starts."
            );
    }

    private static IEnumerable<string> Candidates(string projectPath, string name)
    {
        // artifacts/bin/<project>/<configuration>/: beside our own output.
        var own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        var configuration = Path.GetFileName(own);
        yield return Path.GetFullPath(Path.Combine(own, "..", "..", name, configuration, name + ".dll"));

        // <project folder>/bin/<Configuration>/<framework>/: the layout without artifacts.
        var framework = Path.GetFileName(own);
        var parent = Path.GetFileName(Path.GetDirectoryName(own)) ?? "Debug";
        yield return Path.Combine(Path.GetDirectoryName(projectPath)!, "bin", parent, framework, name + ".dll");
    }
}
