using System.Diagnostics;
using System.Text.Json;
using Slipway.Contracts.Vetting;

namespace Slipway.Inference.Engine.Tests.Vetting;

/// <summary>Starts the vetting program as the registry does: a process of its own.</summary>
internal static class VettingCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task<(int ExitCode, VettingReport? Report, string Errors)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Inference.Engine.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            var text = await output;
            return (process.ExitCode, text.Length == 0 ? null : JsonSerializer.Deserialize<VettingReport>(text, Json), await errors);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
