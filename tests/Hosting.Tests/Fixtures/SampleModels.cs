using Aspire.Hosting;

namespace Slipway.Hosting.Tests.Fixtures;

internal static class SampleModels
{
    public const string Variable = "SLIPWAY_TEST_MODEL";

    /// <summary>A program that starts another one, and ignores nothing.</summary>
    public const string Sleepers = "sleepers";

    /// <summary>A program that ignores SIGTERM, with a descendant that does so too.</summary>
    public const string Stubborn = "stubborn";

    public const string Servers = "servers";

    public static void Add(IDistributedApplicationBuilder builder, string name)
    {
        switch (name)
        {
            case Sleepers:
                builder.AddExecutable("one", "sh", ".", "-c", "echo started; sleep 1000 & exec sleep 1001");
                builder.AddExecutable("two", "sh", ".", "-c", "exec sleep 1002");
                break;
            case Stubborn:
                builder.AddExecutable("stubborn", "sh", ".", "-c", "trap '' TERM; echo started; while true; do sleep 1; done");
                break;
            case Servers:
                builder.AddPostgres("postgres").AddDatabase("appdb", "app");
                builder.AddRabbitMQ("rabbitmq");
                break;
            default:
                throw new ArgumentException($"There is no model '{name}'.", nameof(name));
        }
    }
}
