using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Says where a project is. The build generates one class for each project that AppHost references.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    /// <summary>The path of the project file.</summary>
    string ProjectPath { get; }

    /// <summary>Whether the project was built together with AppHost, so that it need not be built before a run.</summary>
    bool SuppressBuild => false;

    /// <summary>Whether the program is a single file without a project.</summary>
    bool IsFileBasedApp => false;
}
