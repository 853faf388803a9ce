using MassTransit;
using Slipway.Contracts.Messages;

namespace Slipway.Inference.Service.Serving;

/// <summary>Passes the registry's hint on.</summary>
internal sealed class ServingStateChangedConsumer(PullTrigger trigger) : IConsumer<ServingStateChanged>
{
    public Task Consume(ConsumeContext<ServingStateChanged> context)
    {
        trigger.Hint(context.Message.Revision);
        return Task.CompletedTask;
    }
}
