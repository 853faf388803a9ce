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
        using var process = Start(new Dictionary<string, string>());

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
        var urls = FreeUrls();
        using var process = Start(
            urls,
            $"--ConnectionStrings:registrydb={registry.ConnectionString}",
            $"--ConnectionStrings:trainingdb={training.ConnectionString}",
            $"--ConnectionStrings:monitoringdb={monitoring.ConnectionString}"
        );
        // Read, or the process would block once the pipe is full.
        process.BeginOutputReadLine();
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

    [Fact]
    public async Task Run_SignalWhileTheRolesStart_EndsWith0AndWithoutAnError()
    {
        const string Nowhere = "Host=127.0.0.1;Port=1;Database=none";
        using var process = Start(
            FreeUrls(),
            $"--ConnectionStrings:registrydb={Nowhere}",
            $"--ConnectionStrings:trainingdb={Nowhere}",
            $"--ConnectionStrings:monitoringdb={Nowhere}"
        );
        try
        {
            // The first role has started; the others have not.
            await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));

            await SignalAsync(process);
            var rest = process.StandardOutput.ReadToEndAsync();
            var errors = await process.StandardError.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
            await rest;
            await process.WaitForExitAsync();

            Assert.Equal((0, ""), (process.ExitCode, errors));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    public void Dispose() => _data.Dispose();

    private static Dictionary<string, string> FreeUrls() =>
        RoleCatalog
            .All.SelectMany(role => role.Endpoints.Select(endpoint => RoleApplication.Key(role, endpoint)))
            .ToDictionary(key => key, _ => TestRoles.FreeUrl());

    private Process Start(Dictionary<string, string> urls, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(RoleGroup).Assembly.Location);
        start.ArgumentList.Add($"--Slipway:DataPath={_data.Path}");
        Array.ForEach([.. urls.Select(url => $"--{url.Key}={url.Value}"), .. args], start.ArgumentList.Add);
        return Process.Start(start)!;
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
