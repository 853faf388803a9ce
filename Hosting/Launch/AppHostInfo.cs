using System.Reflection;

namespace Aspire.Hosting.Launch;

/// <summary>Where the model comes from.</summary>
internal sealed record AppHostInfo(Assembly? Assembly, string Directory)
{
    /// <summary>The project that holds every role in one process, where the build named one.</summary>
    public string? EmbeddedHostProject => Assembly?.GetCustomAttribute<EmbeddedHostAttribute>()?.ProjectPath;
}
