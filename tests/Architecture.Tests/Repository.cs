using System.Xml.Linq;

namespace Slipway.Architecture.Tests;

/// <summary>The checkout as text: its project files and the references they declare.</summary>
internal static class Repository
{
    /// <summary>The folder that holds Platform.sln.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>Every project file outside build output, relative to the root with forward slashes.</summary>
    internal static IReadOnlyList<string> ProjectFiles { get; } =
    [
        .. Directory
            .EnumerateFiles(Root, "*.csproj", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path =>
                !path.StartsWith("artifacts/", StringComparison.Ordinal) && !path.Contains("node_modules/", StringComparison.Ordinal)
            )
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The project's references. A reference with <c>ReferenceOutputAssembly="false"</c> orders the build and links nothing.</summary>
    internal static IEnumerable<(string Target, bool BuildOrderOnly)> References(string projectFile)
    {
        var document = XDocument.Load(Path.Combine(Root, projectFile));
        var services = document.Descendants("ServiceProject").Select(e => (string?)e.Attribute("Include") ?? "").FirstOrDefault("");
        foreach (var reference in document.Descendants("ProjectReference"))
        {
            var includes = ((string?)reference.Attribute("Include") ?? "").Replace("@(ServiceProject)", services, StringComparison.Ordinal);
            var orderOnly = string.Equals(
                (string?)reference.Attribute("ReferenceOutputAssembly") ?? (string?)reference.Element("ReferenceOutputAssembly"),
                "false",
                StringComparison.OrdinalIgnoreCase
            );
            // Aspire's SDK turns the references of an AppHost into resources and links none of them.
            orderOnly |= ((string?)reference.Parent?.Attribute("Condition") ?? "").Contains(
                "'$(UseAspire)' == 'true'",
                StringComparison.Ordinal
            );
            foreach (var include in includes.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                yield return (Path.GetFileNameWithoutExtension(include.Replace('\\', '/')), orderOnly);
            }
        }
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
        {
            folder = folder.Parent;
        }
        return folder?.FullName ?? throw new InvalidOperationException("Platform.sln was not found above the test's folder.");
    }
}
