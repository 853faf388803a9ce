namespace Aspire.Hosting.ApplicationModel;

/// <summary>Replaces a server's connection string by one that the user configured.</summary>
internal sealed class ConnectionStringOverrideAnnotation(string connectionString) : IResourceAnnotation
{
    public string ConnectionString { get; } = connectionString;
}
