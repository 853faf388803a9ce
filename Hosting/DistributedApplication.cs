using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Launch;
using Aspire.Hosting.Run;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting;

/// <summary>The finished application: run it, or publish it, as its command line says.</summary>
public class DistributedApplication : IAsyncDisposable
{
    private readonly IHost _host;

    internal DistributedApplication(IHost host) => _host = host;

    /// <summary>The services of AppHost itself.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Starts a model with the program's command line.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) =>
        CreateBuilder(new DistributedApplicationOptions { Args = args });

    /// <summary>Starts a model without a command line.</summary>
    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    /// <summary>Starts a model.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new DistributedApplicationBuilder(options);
    }

    /// <summary>Runs or publishes, and returns when that has ended.</summary>
    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <summary>Runs or publishes, and completes when that has ended. A failure is printed and becomes the exit code.</summary>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        var launch = Services.GetRequiredService<LaunchOptions>();
        try
        {
            await RunAsync(launch, cancellationToken);
        }
        catch (Exception exception) when (exception is DistributedApplicationException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(launch.ExceptionDetails ? exception.ToString() : $"error: {exception.Message}");
            Environment.ExitCode = 1;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
    }

    private async Task RunAsync(LaunchOptions launch, CancellationToken cancellationToken)
    {
        if (launch.Error is not null)
        {
            throw new DistributedApplicationException(launch.Error);
        }

        if (launch.Help)
        {
            Console.WriteLine(LaunchOptions.Usage);
        }
        else if (launch.Operation == DistributedApplicationOperation.Publish)
        {
            await PublishAsync(cancellationToken);
        }
        else
        {
            await RunCommand.ExecuteAsync(Services, cancellationToken);
        }
    }

    /// <summary>Publishes to every target of the model.</summary>
    internal async Task PublishAsync(CancellationToken cancellationToken)
    {
        var launch = Services.GetRequiredService<LaunchOptions>();
        if (launch.Step != "publish")
        {
            throw new DistributedApplicationException(
                $"This runtime has no step '{launch.Step}': --step publish writes the Helm chart, and helm installs it."
            );
        }

        var model = Services.GetRequiredService<DistributedApplicationModel>();
        var appHost = Services.GetRequiredService<AppHostInfo>();
        var targets = model
            .Resources.SelectMany(r => r.Annotations.OfType<PublishingCallbackAnnotation>().Select(a => (Resource: r, a.Callback)))
            .ToList();
        if (targets.Count == 0)
        {
            throw new DistributedApplicationException("The model has nowhere to publish to: call builder.AddKubernetesEnvironment(name).");
        }

        var root = launch.OutputPath ?? Path.Combine(appHost.Directory, "aspire-output");
        foreach (var (resource, callback) in targets)
        {
            var output = targets.Count == 1 ? root : Path.Combine(root, resource.Name);
            await callback(
                new PublishingContext(
                    model,
                    Services.GetRequiredService<DistributedApplicationExecutionContext>(),
                    Services,
                    NullLogger.Instance,
                    output,
                    cancellationToken
                )
            );
            Console.WriteLine($"Published '{resource.Name}' to {output}");
        }
    }
}
