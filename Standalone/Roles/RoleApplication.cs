using Microsoft.Extensions.DependencyInjection.Extensions;
using Slipway.Messaging;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Standalone.Roles;

/// <summary>Builds a role's application as its own program does, with what it shares with the other roles.</summary>
internal static class RoleApplication
{
    internal static WebApplication Build(Role role, IReadOnlyList<Role> all, string[] args, InProcessBus bus, ProcessTelemetry telemetry)
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions
            {
                Args = args,
                ApplicationName = role.Assembly,
                ContentRootPath = AppContext.BaseDirectory,
            }
        );
        UseDefaultAddresses(builder.Configuration, all);
        builder.WebHost.UseUrls([.. role.Endpoints.Select(endpoint => builder.Configuration[Key(role, endpoint)]!)]);
        builder.Services.AddSingleton(bus);
        builder.Services.AddSingleton(telemetry);
        builder.AddServiceDefaults(role.Name);
        role.Add(builder);
        // The process's own host listens to signals, and stops the roles in order.
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, SharedLifetime>());
        builder.Logging.AddRoleConsole(role.Name);

        var app = builder.Build();
        app.MapDefaultEndpoints();
        role.Map(app);
        return app;
    }

    /// <summary>The configuration key of an endpoint's address: where the role listens, and where the others find it.</summary>
    internal static string Key(Role role, RoleEndpoint endpoint) => $"services:{role.Name}:{endpoint.Name}:0";

    private static void UseDefaultAddresses(ConfigurationManager configuration, IReadOnlyList<Role> all)
    {
        var missing = all.SelectMany(role => role.Endpoints.Select(endpoint => (Key: Key(role, endpoint), endpoint.DefaultUrl)))
            .Where(address => string.IsNullOrWhiteSpace(configuration[address.Key]))
            .ToDictionary(address => address.Key, address => (string?)address.DefaultUrl);
        configuration.AddInMemoryCollection(missing);
    }
}
