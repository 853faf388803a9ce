using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Servers.RabbitMQ;

/// <summary>The programs of a RabbitMQ server on this machine.</summary>
internal sealed record RabbitMQInstallation(string ServerProgram, string EpmdProgram)
{
    // Not Debian's wrapper in /usr/sbin: it insists on the account that the system's own broker uses.
    private static readonly string[] s_places =
    [
        "/usr/lib/rabbitmq/bin/rabbitmq-server",
        "/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server",
        "/usr/local/opt/rabbitmq/sbin/rabbitmq-server",
        "/opt/rabbitmq/sbin/rabbitmq-server",
    ];

    private static readonly string[] s_epmdPatterns = ["/usr/lib/erlang/bin/epmd", "/opt/homebrew/opt/erlang/lib/erlang/bin/epmd"];

    /// <summary>The installed server; null, and why, where there is none.</summary>
    public static (RabbitMQInstallation? Installation, string? Reason) Find()
    {
        if (OperatingSystem.IsWindows())
        {
            return (null, "an installed RabbitMQ is not started on Windows; give ConnectionStrings:rabbitmq");
        }

        if (s_places.FirstOrDefault(File.Exists) is not { } server)
        {
            return (null, "no installed rabbitmq-server");
        }

        var epmd = ProgramPath.Find("epmd") ?? s_epmdPatterns.FirstOrDefault(File.Exists);
        return epmd is null ? (null, "rabbitmq-server is installed, but Erlang's epmd was not found") : (new(server, epmd), null);
    }
}
