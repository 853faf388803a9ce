using Slipway.Standalone.Roles;

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Logging.AddRoleConsole("standalone");
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = RoleGroup.StopLimit);
builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<RoleGroup>(services, args, RoleCatalog.All));

using var host = builder.Build();
try
{
    await host.RunAsync();
    return host.Services.GetServices<IHostedService>().OfType<RoleGroup>().Single().Failed ? 1 : 0;
}
catch (RoleFailedException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
