using Aspire.Hosting.Launch;

namespace Aspire.Hosting.Run;

/// <summary>How the projects run, and why.</summary>
internal sealed record RunMode(bool Embedded, string Reason, string? ShortReason = null)
{
    public string Name => Embedded ? "embedded" : "distributed";

    /// <summary>The name, with the reason where the mode is not what a full machine would give.</summary>
    public string Summary => ShortReason is null ? Name : $"{Name}: {ShortReason}";

    /// <summary>Distributed where a broker can be had, embedded otherwise, unless the user forces one.</summary>
    public static RunMode Choose(
        LaunchMode asked,
        bool needsBroker,
        string? brokerDescription,
        IReadOnlyList<string> noBrokerReasons,
        bool hasEmbeddedHost
    )
    {
        var missing = string.Join(", ", noBrokerReasons);
        return (asked, needsBroker, brokerDescription) switch
        {
            (LaunchMode.Embedded, _, _) when !hasEmbeddedHost => throw new DistributedApplicationException(
                "--mode embedded: AppHost names no project that holds all roles in one process."
            ),
            (LaunchMode.Embedded, _, _) => new RunMode(true, "asked for"),
            (_, false, _) => new RunMode(false, "no broker needed"),
            (LaunchMode.Distributed, _, null) => throw new DistributedApplicationException(
                $"--mode distributed needs RabbitMQ, and there is none: {missing}. Install rabbitmq-server, start Docker or Podman, or give a connection string."
            ),
            (_, _, { } broker) => new RunMode(false, broker),
            (_, _, null) when hasEmbeddedHost => new RunMode(true, $"no RabbitMQ found: {missing}", "no RabbitMQ found"),
            _ => throw new DistributedApplicationException($"RabbitMQ is needed, and there is none: {missing}."),
        };
    }
}
