using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Servers;
using Aspire.Hosting.Servers.Postgres;
using Aspire.Hosting.Servers.RabbitMQ;

namespace Aspire.Hosting.Run;

/// <summary>Where each server of the model comes from in this run.</summary>
internal sealed record ServerSet(
    IReadOnlyDictionary<PostgresServerResource, ServerPlan> Postgres,
    IReadOnlyDictionary<RabbitMQServerResource, ServerPlan> RabbitMQ,
    IReadOnlyList<string> NoBrokerReasons
)
{
    public IEnumerable<(ContainerResource Resource, ServerPlan Plan)> All =>
        Postgres.Select(p => ((ContainerResource)p.Key, p.Value)).Concat(RabbitMQ.Select(r => ((ContainerResource)r.Key, r.Value)));

    /// <summary>Looks for every server. One that the run does without is marked as absent.</summary>
    public static async Task<ServerSet> ChooseAsync(
        DistributedApplicationModel model,
        ServerContext context,
        bool wantsBroker,
        CancellationToken cancellationToken
    )
    {
        var postgres = new Dictionary<PostgresServerResource, ServerPlan>();
        foreach (var resource in model.Resources.OfType<PostgresServerResource>())
        {
            var choice = await new PostgresChooser(resource, context).ChooseAsync(cancellationToken);
            if (choice.Plan is { } plan)
            {
                postgres.Add(resource, plan);
            }
            else if (!choice.IsUnwanted)
            {
                throw new DistributedApplicationException($"PostgreSQL is needed, and there is none: {string.Join(", ", choice.Reasons)}.");
            }
        }

        var rabbitMQ = new Dictionary<RabbitMQServerResource, ServerPlan>();
        var reasons = new List<string>();
        foreach (var resource in wantsBroker ? model.Resources.OfType<RabbitMQServerResource>() : [])
        {
            var choice = await new RabbitMQChooser(resource, context).ChooseAsync(cancellationToken);
            if (choice.Plan is { } plan)
            {
                rabbitMQ.Add(resource, plan);
            }

            reasons.AddRange(choice.Reasons);
        }

        return new ServerSet(postgres, rabbitMQ, reasons);
    }

    /// <summary>Marks what this run does without, so that nobody is given its address or waits for it.</summary>
    public void MarkAbsent(DistributedApplicationModel model)
    {
        var absent = model
            .Resources.OfType<ContainerResource>()
            .Where(r => r is PostgresServerResource or RabbitMQServerResource && All.All(a => a.Resource != r))
            .ToList();
        foreach (var resource in model.Resources.Where(r => r is IResourceWithParent c ? absent.Contains(c.Parent) : absent.Contains(r)))
        {
            resource.Annotations.Add(new AbsentAnnotation());
        }
    }
}
