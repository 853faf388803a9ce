using System.Diagnostics;
using System.Net;
using Slipway.Standalone.Roles;
using Slipway.Standalone.Tests.Roles;
using Slipway.Testing;

namespace Slipway.Standalone.Tests;

/// <summary>The program as it is started: a process of its own, with every role in it.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly TempFolder _data = new();

    [Fact]
    public async Task Run_WithoutADatabase_SaysSoInOneLineAndEndsWith1()
    {
        using var process = Start([]);

        var errors = await process.StandardError.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync();

        Assert.Equal(1, process.ExitCode);
        Assert.StartsWith("registry cannot start: ConnectionStrings:registrydb is not set", errors, StringComparison.Ordinal);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Run_AllRoles_BecomeReadyAndEndWith0AtTheSignal()
    {
        await using var registry = await TestPostgres.CreateDatabaseAsync();
        await using var training = await TestPostgres.CreateDatabaseAsync();
        await using var monitoring = await TestPostgres.CreateDatabaseAsync();
        var urls = RoleCatalog
            .All.SelectMany(role => role.Endpoints.Select(endpoint => RoleApplication.Key(role, endpoint)))
            .ToDictionary(key => key, _ => TestRoles.FreeUrl());
        using var process = Start([
            .. urls.Select(url => $"--{url.Key}={url.Value}"),
            $"--ConnectionStrings:registrydb={registry.ConnectionString}",
            $"--ConnectionStrings:trainingdb={training.ConnectionString}",
            $"--ConnectionStrings:monitoringdb={monitoring.ConnectionString}",
        ]);
        try
        {
            using var http = new HttpClient();
            foreach (var role in RoleCatalog.All)
            {
                var ready = new Uri($"{urls[RoleApplication.Key(role, role.Endpoints[0])]}/health/ready");
                await Eventually.TrueAsync(() => AnswersAsync(http, ready), TimeSpan.FromSeconds(60), $"{role.Name} is ready");
            }

            await SignalAsync(process);
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));

            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    public void Dispose() => _data.Dispose();

    private Process Start(string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(RoleGroup).Assembly.Location);
        Array.ForEach([.. args, $"--Slipway:DataPath={_data.Path}"], start.ArgumentList.Add);
        var process = Process.Start(start)!;
        // Read, or the child would block once the pipe is full.
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    private static async Task<bool> AnswersAsync(HttpClient http, Uri uri)
    {
        try
        {
            using var response = await http.GetAsync(uri);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task SignalAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }
}
