using Slipway.Inference.Service;
using Slipway.Messaging;

namespace Slipway.Inference.Benchmarks.Servers;

/// <summary>The inference service as it is, in a process of its own, with messages that are made and not sent: no broker is measured.</summary>
internal static class ServiceRole
{
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(new InProcessBus());
        builder.AddInference();
        builder.Services.AddSingleton<IMessagePublisher, DiscardingPublisher>();
        var app = builder.Build();
        app.MapInference();
        await app.RunAsync();
        return 0;
    }
}
