using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Contracts.Messages;
using Slipway.Messaging;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Events;

public sealed class EventPublisherTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Changes_AreToldOnTheBusInTheOrderOfTheLog(bool overRabbitMq)
    {
        var broker = overRabbitMq ? TestBroker.Require() : null;
        (string, string)[] settings = broker is null
            ? []
            : [("ConnectionStrings:rabbitmq", broker.ConnectionString), ("Messaging:Prefix", broker.Prefix)];
        await using var host = await RegistryHost.StartAsync(settings);
        using var listener = Listener(host, settings);
        await listener.StartAsync();
        var heard = listener.Services.GetRequiredService<Heard>();

        var id = await host.Mlflow.GetOrCreateExperimentAsync("told on the bus");
        await host.PostAsync("experiments/update", $$"""{"experiment_id":"{{id}}","new_name":"told again"}""");
        await host.Mlflow.EnsureRegisteredModelAsync("bus");

        await Eventually.TrueAsync(() => heard.All.Count >= 3);
        var all = heard.All.DistinctBy(m => m.Id).OrderBy(m => m.Sequence).ToList();
        Assert.Equal(["experiment.created", "experiment.renamed", "registered_model.created"], all.Select(m => m.Action));
        Assert.Equal(["experiments/1", "experiments/1", "models/bus"], all.Select(m => m.Object));
        Assert.Equal([1L, 2L, 3L], all.Select(m => m.Sequence));
        Assert.Contains("told again", all[1].After, StringComparison.Ordinal);
        Assert.Contains("told on the bus", all[1].Before, StringComparison.Ordinal);
        await listener.StopAsync();
    }

    private static IHost Listener(RegistryHost registry, (string Key, string Value)[] settings)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value));
        builder.Services.AddSingleton<Heard>();
        if (registry.Services.GetService<InProcessBus>() is { } bus)
        {
            builder.Services.AddSingleton(bus);
        }
        builder.AddMessaging(messaging => messaging.ConsumeHint<RegistryChanged, Consumer>());
        return builder.Build();
    }

    /// <summary>What arrived.</summary>
    internal sealed class Heard
    {
        private readonly ConcurrentQueue<RegistryChanged> _all = new();

        public IReadOnlyList<RegistryChanged> All => [.. _all];

        public void Add(RegistryChanged message) => _all.Enqueue(message);
    }

    /// <summary>Takes the messages.</summary>
    internal sealed class Consumer(Heard heard) : IConsumer<RegistryChanged>
    {
        public Task Consume(ConsumeContext<RegistryChanged> context)
        {
            heard.Add(context.Message);
            return Task.CompletedTask;
        }
    }
}
