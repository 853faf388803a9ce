using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Run;
using Aspire.Hosting.State;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.Fixtures;

/// <summary>An application that runs inside the test.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly DistributedApplication _app;
    private readonly StringWriter _output;

    private TestApp(DistributedApplication app, ApplicationRun run, StringWriter output)
    {
        _app = app;
        Run = run;
        _output = output;
    }

    public ApplicationRun Run { get; }

    public ResourceBoard Board => Run.Board;

    public DistributedApplicationModel Model => _app.Services.GetRequiredService<DistributedApplicationModel>();

    public IEnumerable<PostgresDatabaseResource> Databases => Model.Resources.OfType<PostgresDatabaseResource>();

    public string Output => _output.ToString();

    /// <summary>A model whose data lives in the given folder.</summary>
    public static IDistributedApplicationBuilder Builder(TempFolder data, params string[] args) =>
        DistributedApplication.CreateBuilder(
            new DistributedApplicationOptions
            {
                Args = ["--data", data.Combine("data"), .. args],
                AssemblyName = typeof(TestApp).Assembly.GetName().Name,
                ProjectDirectory = AppContext.BaseDirectory,
            }
        );

    public static async Task<TestApp> StartAsync(IDistributedApplicationBuilder builder)
    {
        var app = builder.Build();
        var output = new StringWriter();
        try
        {
            var run = await ApplicationRun.StartAsync(app.Services, new ConsoleOutput(output, color: false), CancellationToken.None);
            return new TestApp(app, run, output);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async Task WaitUntilReadyAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        try
        {
            await Run.WaitUntilReadyAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{ResourceTable.Progress(Board.Snapshots)}\n{Output}");
        }
    }

    public async Task<ResourceSnapshot> WaitForAsync(string name, Func<ResourceSnapshot, bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        ResourceSnapshot? match = null;
        try
        {
            await Board.WaitAsync(b => b.Find(name) is { } s && condition(s) && (match = s) is not null, limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Board.Find(name)}\n{Output}");
        }

        return match!;
    }

    public async ValueTask DisposeAsync()
    {
        await Run.DisposeAsync();
        await _app.DisposeAsync();
    }
}
