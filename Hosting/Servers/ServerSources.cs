using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Servers;

/// <summary>Reads the settings that restrict where servers come from.</summary>
internal static class ServerSources
{
    public static ServerSource Read(IConfiguration configuration, string key, IReadOnlyList<ServerSource> allowed)
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
