namespace Slipway.EndToEnd.Tests.Running;

/// <summary>Where the checkout and its build output are.</summary>
internal static class Repository
{
#if DEBUG
    private const string Configuration = "debug";
#else
    private const string Configuration = "release";
#endif

    /// <summary>The folder that holds Platform.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The built program of a project.</summary>
    public static string Program(string project) => Path.Combine(Root, "artifacts", "bin", project, Configuration, project + ".dll");

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
