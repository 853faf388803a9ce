using Slipway.Standalone.Roles;

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Logging.AddRoleConsole("standalone");

// Why a role could not start is said once, below, in words.
builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = RoleGroup.StopLimit);
builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<RoleGroup>(services, args, RoleCatalog.All));
builder.Services.AddHostedService(services => services.GetRequiredService<RoleGroup>());

var host = builder.Build();
var roles = host.Services.GetRequiredService<RoleGroup>();
var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
try
{
    await host.RunAsync();
    return roles.Failed ? 1 : 0;
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    // Asked to stop before every role had started.
    return roles.Failed ? 1 : 0;
}
catch (RoleFailedException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
