namespace Aspire.Hosting;

/// <summary>
/// Names the project that runs every other project's code in one process, for machines without a message broker. The build writes it for
/// the project reference that carries <c>EmbeddedHost="true"</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class EmbeddedHostAttribute(string projectPath) : Attribute
{
    /// <summary>The path of the project file.</summary>
    public string ProjectPath { get; } = projectPath;
}
