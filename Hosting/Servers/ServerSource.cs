namespace Aspire.Hosting.Servers;

/// <summary>Where a server may come from: setting <c>Hosting:PostgresSource</c> or <c>Hosting:RabbitMQSource</c>.</summary>
internal enum ServerSource
{
    /// <summary>The first of the others that is there.</summary>
    Auto = 0,

    /// <summary>The configured connection string only.</summary>
    Connection = 1,

    /// <summary>Docker or Podman only.</summary>
    Container = 2,

    /// <summary>A server that is installed on this machine only.</summary>
    Installed = 3,

    /// <summary>The npm package only.</summary>
    Npm = 4,

    /// <summary>None: the run does without it.</summary>
    None = 5,
}
