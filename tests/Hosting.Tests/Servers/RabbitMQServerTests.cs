using System.Text;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Slipway.Hosting.Tests.Fixtures;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.Servers;

[Collection(RealServers.Name)]
public sealed class RabbitMQServerTests : IDisposable
{
    private const string Queue = "orders";
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_KilledAndStartedAnew_KeepsMessages()
    {
        await using (var app = await StartAsync("installed"))
        {
            await app.WaitUntilReadyAsync();
            await PublishAsync(app, "first");

            await WaitUntilRegisteredAsync();
            ProcessSignals.Send(app.Board.Find("rabbitmq")!.Pid!.Value, UnixSignal.Kill);

            await app.WaitForAsync("rabbitmq", s => s.IsReady && s.Restarts >= 1);
            // The queue elects its leader anew; until then the broker refuses, and a publisher has to try again.
            await Eventually.TrueAsync(() => TryPublishAsync(app, "second"), TimeSpan.FromSeconds(60));
        }

        await using var again = await StartAsync("installed");
        await again.WaitUntilReadyAsync();
        var texts = await ReadAllAsync(again);
        Assert.Equal("first", texts[0]);
        Assert.Equal(["second"], texts.Skip(1).Distinct());
    }

    [Fact]
    public async Task Start_ConnectionString_IsUsedAsItIs()
    {
        var broker = TestBroker.Require();
        var builder = TestApp.Builder(_folder, $"--ConnectionStrings:rabbitmq={broker.ConnectionString}");
        var rabbitMQ = builder.AddRabbitMQ("rabbitmq");
        var one = builder.AddExecutable("one", "sleep", ".", "600").WithReference(rabbitMQ).WaitFor(rabbitMQ);
        await using var app = await TestApp.StartAsync(builder);
        await app.WaitUntilReadyAsync();
        var variables = await Models.GetVariablesAsync(one);
        Assert.Equal(broker.ConnectionString, variables["ConnectionStrings__rabbitmq"]);
        Assert.Equal(new Uri(broker.ConnectionString).Port.ToString(), variables["RABBITMQ_PORT"]);
        Assert.Null(app.Board.Find("rabbitmq")!.Pid);
    }

    [Fact]
    public async Task Start_NotAnAmqpUri_IsOneError()
    {
        var builder = TestApp.Builder(_folder, "--ConnectionStrings:rabbitmq=http://localhost");
        builder.AddRabbitMQ("rabbitmq");
        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => TestApp.StartAsync(builder));
        Assert.Contains("ConnectionStrings:rabbitmq is not an AMQP URI", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NoBrokerAndNothingToEmbedIn_SaysWhatWasTried()
    {
        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => StartAsync("connection"));
        Assert.Contains("no connection string (ConnectionStrings:rabbitmq)", error.Message, StringComparison.Ordinal);
    }

    // RabbitMQ 3.10 confirms messages of a new quorum queue some seconds before it writes down that the queue exists. Killed in between it
    // starts the queue anew, without its messages and without a leader. That is the broker's gap, and not what is tested here.
    private Task WaitUntilRegisteredAsync() =>
        Eventually.TrueAsync(() =>
            Directory
                .EnumerateFiles(_folder.Combine("data", "rabbitmq", "data"), "names.dets", SearchOption.AllDirectories)
                .Any(f => Encoding.Latin1.GetString(File.ReadAllBytes(f)).Contains(Queue, StringComparison.Ordinal))
        );

    private static async Task<IConnection> ConnectAsync(TestApp app)
    {
        var rabbitMQ = app.Model.Resources.OfType<RabbitMQServerResource>().Single();
        return await new ConnectionFactory { Uri = new Uri((await rabbitMQ.GetConnectionStringAsync())!) }.CreateConnectionAsync();
    }

    private static async Task<bool> TryPublishAsync(TestApp app, string text)
    {
        try
        {
            await PublishAsync(app, text);
            return true;
        }
        catch (PublishException)
        {
            return false;
        }
    }

    private static async Task PublishAsync(TestApp app, string text)
    {
        await using var connection = await ConnectAsync(app);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        await channel.QueueDeclareAsync(Queue, true, false, false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        // Completes when the broker has confirmed that the message is safe.
        await channel.BasicPublishAsync("", Queue, true, new BasicProperties { Persistent = true }, Encoding.UTF8.GetBytes(text));
    }

    private static async Task<List<string>> ReadAllAsync(TestApp app)
    {
        await using var connection = await ConnectAsync(app);
        await using var channel = await connection.CreateChannelAsync();
        var texts = new List<string>();
        await Eventually.TrueAsync(async () =>
        {
            if (await channel.BasicGetAsync(Queue, autoAck: true) is { } message)
            {
                texts.Add(Encoding.UTF8.GetString(message.Body.Span));
            }

            return texts.Count >= 2;
        });
        return texts;
    }

    private Task<TestApp> StartAsync(string source)
    {
        var builder = TestApp.Builder(_folder, $"--Hosting:RabbitMQSource={source}");
        builder.AddRabbitMQ("rabbitmq");
        return TestApp.StartAsync(builder);
    }
}
