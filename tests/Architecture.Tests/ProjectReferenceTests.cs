namespace Slipway.Architecture.Tests;

/// <summary>
/// The only references between projects that the design allows (docs/architecture.md). Services meet in Contracts; a new edge is a decision, so it
/// is made here and there together.
/// </summary>
public class ProjectReferenceTests
{
    private static readonly string[] s_service = ["Contracts", "Messaging", "ServiceDefaults"];
    private static readonly string[] s_roles = ["Registry.Api", "Inference.Service", "Training.Worker", "Monitoring.Worker", "Dashboard"];

    private static readonly Dictionary<string, string[]> s_allowed = new(StringComparer.Ordinal)
    {
        ["AppHost"] = ["Hosting"],
        ["Hosting"] = [],
        ["ServiceDefaults"] = [],
        ["Contracts"] = [],
        ["Messaging"] = ["Contracts"],
        ["OnnxRuntime"] = [],
        ["Inference.Engine"] = ["Contracts", "OnnxRuntime"],
        // Hosting: a registry that runs alone brings its own PostgreSQL (docs/decisions/0008).
        ["Registry.Api"] = [.. s_service, "Hosting"],
        ["Inference.Service"] = [.. s_service, "Inference.Engine"],
        ["Training.Worker"] = [.. s_service, "Inference.Engine"],
        ["Monitoring.Worker"] = s_service,
        ["Dashboard"] = ["Contracts", "ServiceDefaults"],
        // Messaging: Standalone owns the in-process bus that the roles share.
        ["Standalone"] = [.. s_roles, .. s_service],
    };

    /// <summary>Edges that order the build and link nothing: programs that another program starts.</summary>
    private static readonly Dictionary<string, string[]> s_buildOrder = new(StringComparer.Ordinal)
    {
        ["AppHost"] = [.. s_roles, "Standalone"],
        // docs/decisions/0003: the registry starts the engine's vetting command as a child process.
        ["Registry.Api"] = ["Inference.Engine"],
    };

    [Fact]
    public void ProductProjects_References_OnlyThoseOfTheDesign()
    {
        var violations = new List<string>();
        foreach (var file in Repository.ProjectFiles.Where(IsProduct))
        {
            var project = Path.GetFileNameWithoutExtension(file);
            if (!s_allowed.TryGetValue(project, out var allowed))
            {
                violations.Add($"{file} is not in the table of projects");
                continue;
            }
            var buildOrder = s_buildOrder.GetValueOrDefault(project, []);
            violations.AddRange(
                Repository
                    .References(file)
                    .Where(reference =>
                        !allowed.Contains(reference.Target) && !(reference.BuildOrderOnly && buildOrder.Contains(reference.Target))
                    )
                    .Select(reference => $"{project} -> {reference.Target}")
            );
        }
        Assert.Empty(violations.Distinct());
    }

    [Fact]
    public void Repository_ProductProjects_AreExactlyThoseOfTheDesign() =>
        Assert.Equal(
            s_allowed.Keys.Order(StringComparer.Ordinal),
            Repository.ProjectFiles.Where(IsProduct).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Solution_Projects_HoldEveryProjectFile()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Platform.sln")).Replace('\\', '/');
        var missing = Repository.ProjectFiles.Where(file => !solution.Contains($"\"{file}\"", StringComparison.Ordinal)).ToList();
        Assert.Empty(missing);
    }

    [Fact]
    public void ProjectFiles_PackageVersions_AreCentral()
    {
        var own = Repository.ProjectFiles.Where(file =>
            File.ReadAllText(Path.Combine(Repository.Root, file)).Contains(" Version=\"", StringComparison.Ordinal)
            && !file.StartsWith("AppHost/", StringComparison.Ordinal) // an SDK import carries its version
        );
        Assert.Empty(own);
    }

    private static bool IsProduct(string file) =>
        !file.StartsWith("tests/", StringComparison.Ordinal)
        && !file.StartsWith("samples/", StringComparison.Ordinal)
        && !file.StartsWith("benchmarks/", StringComparison.Ordinal);
}
