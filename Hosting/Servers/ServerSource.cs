using Microsoft.Extensions.Configuration;

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

/// <summary>Reads the settings that restrict where servers come from.</summary>
internal static class ServerSources
{
    public static ServerSource Read(IConfiguration configuration, string key, params ServerSource[] allowed)
    {
        var text = configuration[key];
        if (string.IsNullOrEmpty(text))
        {
            return ServerSource.Auto;
        }

        return Enum.TryParse<ServerSource>(text, ignoreCase: true, out var source) && allowed.Contains(source)
            ? source
            : throw new DistributedApplicationException(
                $"{key} is '{text}': it must be one of {string.Join(", ", allowed.Select(a => a.ToString().ToLowerInvariant()))}."
            );
    }

    public static bool Allows(this ServerSource setting, ServerSource source) => setting == ServerSource.Auto || setting == source;
}
