using System.ComponentModel.DataAnnotations;

namespace Slipway.Registry.Api.Data;

/// <summary>How long the registry waits for PostgreSQL. Section <c>Registry:Database</c>; the address is <c>ConnectionStrings:registrydb</c>.</summary>
internal sealed class RegistryDatabaseOptions
{
    public const string Section = "Registry:Database";

    /// <summary>Longest time of one statement, in seconds; the server ends it then, and the client is told to retry.</summary>
    [Range(1, 600)]
    public int StatementTimeoutSeconds { get; set; } = 20;

    /// <summary>Longest wait for a connection, in seconds.</summary>
    [Range(1, 120)]
    public int ConnectTimeoutSeconds { get; set; } = 5;

    /// <summary>Connections of this process, at most, beside five that log points and look aliases up.</summary>
    [Range(2, 500)]
    public int MaxConnections { get; set; } = 30;
}
