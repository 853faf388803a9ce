namespace Slipway.Messaging.RabbitMq;

/// <summary>The broker's URI. <see cref="ToString"/> leaves the password out, for logs and errors.</summary>
internal sealed class BrokerAddress
{
    private BrokerAddress(Uri uri) => Uri = uri;

    internal Uri Uri { get; }

    internal static BrokerAddress Parse(string connectionString) =>
        Uri.TryCreate(connectionString, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps" && uri.Host.Length > 0
            ? new BrokerAddress(uri)
            : throw new InvalidOperationException(
                "ConnectionStrings:rabbitmq is not an AMQP URI: it must look like amqp://user:password@host:5672 or amqps://host."
            );

    public override string ToString() => $"{Uri.Scheme}://{Uri.Host}:{Port}{Uri.AbsolutePath.TrimEnd('/')}";

    internal int Port =>
        !Uri.IsDefaultPort && Uri.Port > 0 ? Uri.Port
        : Uri.Scheme == "amqps" ? 5671
        : 5672;
}
