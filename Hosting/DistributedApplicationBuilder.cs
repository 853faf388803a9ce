using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Launch;
using Aspire.Hosting.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly LaunchOptions _launch;

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        _launch = LaunchOptions.Parse(options.Args ?? []);
        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name) : Assembly.GetEntryAssembly();
        AppHostDirectory = options.ProjectDirectory ?? FindDirectory(AppHostAssembly);
        var configuration = new ConfigurationManager();
        // Nothing here changes while it runs: no file watchers.
        configuration.AddInMemoryCollection([new("hostBuilder:reloadConfigOnChange", "false")]);
        _host = new HostApplicationBuilder(
            new HostApplicationBuilderSettings
            {
                Args = [.. _launch.Settings],
                ApplicationName = AppHostAssembly?.GetName().Name,
                ContentRootPath = Directory.Exists(AppHostDirectory) ? AppHostDirectory : AppContext.BaseDirectory,
                EnvironmentName = _launch.EnvironmentName,
                Configuration = configuration,
            }
        );
        _host.Logging.ClearProviders();
        _host.Services.AddSingleton(_launch);
        _host.Services.AddSingleton(TimeProvider.System);
        _host.Services.AddSingleton(new SecretStore(_launch.ServicesOnly ? null : Path.Combine(_launch.DataPath, "secrets.json")));
        ExecutionContext = new DistributedApplicationExecutionContext(_launch.Operation);
        _host.Services.AddSingleton(ExecutionContext);
        _host.Services.AddHealthChecks();
    }

    public Assembly? AppHostAssembly { get; }

    public string AppHostDirectory { get; }

    public ConfigurationManager Configuration => _host.Configuration;

    public IHostEnvironment Environment => _host.Environment;

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IServiceCollection Services => _host.Services;

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        if (Resources.FirstOrDefault(r => string.Equals(r.Name, resource.Name, StringComparison.OrdinalIgnoreCase)) is { } existing)
        {
            throw new DistributedApplicationException(
                $"Cannot add resource of type '{resource.GetType()}' with name '{resource.Name}' because resource of type '{existing.GetType()}' with that name already exists. Resource names are case-insensitive."
            );
        }

        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        ModelRules.Check(Resources);
        var model = new DistributedApplicationModel(Resources);
        _host.Services.AddSingleton(model);
        _host.Services.AddSingleton(new AppHostInfo(AppHostAssembly, AppHostDirectory));
        return new DistributedApplication(_host.Build());
    }

    private static string FindDirectory(Assembly? assembly) =>
        assembly
            ?.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(a => string.Equals(a.Key, "apphostprojectpath", StringComparison.OrdinalIgnoreCase))
            ?.Value
            is { Length: > 0 } path
            ? Path.GetFullPath(path)
            : Directory.GetCurrentDirectory();
}
