namespace Slipway.Registry.Api.Events;

/// <summary>The services that tell others what changed.</summary>
internal static class EventServices
{
    public static void AddEvents(this WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<EventFanOut>().AddSingleton<PublishSignal>().AddHostedService<EventPublisher>();
}
