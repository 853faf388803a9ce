using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Launch;
using Aspire.Hosting.Secrets;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Run;

/// <summary>Runs the application until a signal asks it to end.</summary>
internal static class RunCommand
{
    public static async Task ExecuteAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var clock = services.GetRequiredService<TimeProvider>();
        var output = ConsoleOutput.ForTerminal();
        using var signals = new StopSignals(clock, cancellationToken);
        PrepareEnvFile(services.GetRequiredService<LaunchOptions>());
        ApplicationRun? run = null;
        try
        {
            run = await ApplicationRun.StartAsync(services, output, signals.Stop);
            await RunAsync(run, services, output, signals);
        }
        catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
        {
            // The wished end.
        }
        finally
        {
            if (run is not null)
            {
                output.WriteLine("Stopping...");
                await run.StopAsync(signals.Kill);
                await run.DisposeAsync();
                output.WriteLine("Stopped.");
            }
        }
    }

    // Before anything is started: a file of an earlier run must not be taken for this one's, and a wrong path be told at once.
    private static void PrepareEnvFile(LaunchOptions launch)
    {
        if (launch is not { ServicesOnly: true, EnvFile: { } path })
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            PrivateFile.Create(path + ".new").Dispose();
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException($"--env-file {path} cannot be written: {exception.Message}", exception);
        }
    }

    private static async Task RunAsync(ApplicationRun run, IServiceProvider services, ConsoleOutput output, StopSignals signals)
    {
        var launch = services.GetRequiredService<LaunchOptions>();
        if (launch.UntilStdinEof)
        {
            _ = StopAtEndOfInputAsync(signals);
        }

        await run.ReportAsync(signals.Stop);
        if (launch.ServicesOnly)
        {
            await WriteEnvFileAsync(services, launch.EnvFile!, signals.Stop);
            output.WriteLine($"Servers are ready; their addresses are in {launch.EnvFile}");
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, services.GetRequiredService<TimeProvider>(), signals.Stop);
    }

    private static async Task StopAtEndOfInputAsync(StopSignals signals)
    {
        await using var input = Console.OpenStandardInput();
        var buffer = new byte[256];
        try
        {
            while (await input.ReadAsync(buffer) > 0)
            {
                // Whatever comes in has no meaning; only the end has.
            }
        }
        catch (IOException)
        {
            // A closed terminal is an end, too.
        }

        signals.RequestStop();
    }

    private static async Task WriteEnvFileAsync(IServiceProvider services, string path, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        foreach (var resource in services.GetRequiredService<DistributedApplicationModel>().Resources)
        {
            var variable = resource switch
            {
                PostgresServerResource => "SLIPWAY_TEST_POSTGRES",
                RabbitMQServerResource => "SLIPWAY_TEST_RABBITMQ",
                _ => null,
            };
            if (variable is not null && !resource.Annotations.OfType<AbsentAnnotation>().Any())
            {
                lines.Add($"{variable}={await ((IResourceWithConnectionString)resource).GetConnectionStringAsync(cancellationToken)}");
            }
        }

        // The lines hold passwords. Whoever waits for the file must not see half of it.
        await using (var writer = new StreamWriter(PrivateFile.Create(path + ".new")))
        {
            foreach (var line in lines)
            {
                await writer.WriteLineAsync(line);
            }
        }

        File.Move(path + ".new", path, overwrite: true);
    }
}
