namespace Slipway.Testing;

/// <summary>The RabbitMQ server that the test script started, with a prefix that keeps one test's queues apart from another's.</summary>
public sealed class TestBroker
{
    /// <summary>The environment variable that holds the broker's AMQP URI.</summary>
    public const string Variable = "SLIPWAY_TEST_RABBITMQ";

    private TestBroker(string connectionString)
    {
        ConnectionString = connectionString;
        Prefix = $"test-{Guid.NewGuid():N}-";
    }

    /// <summary>The broker's AMQP URI, such as <c>amqp://user:password@localhost:5672</c>.</summary>
    public string ConnectionString { get; }

    /// <summary>A prefix for the names of queues and exchanges that nobody else uses.</summary>
    public string Prefix { get; }

    /// <summary>Reads the broker's address. Throws, so that the test fails, where none is configured.</summary>
    public static TestBroker Require() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value
            ? new TestBroker(value)
            : throw new InvalidOperationException(
                $"{Variable} is not set. Run ./test.sh, or start the servers with: dotnet run --project AppHost -- --services-only --env-file FILE"
            );
}
