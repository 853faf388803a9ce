using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Slipway.Registry.Benchmarks.Limits;

/// <summary>A web server whose only route answers <c>{}</c>: what HTTP alone costs.</summary>
internal static class EmptyEndpoint
{
    public static async Task ServeAsync(string url, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls(url);
        await using var app = builder.Build();
        app.MapGet("/", () => TypedResults.Text("{}", "application/json"));
        await app.RunAsync(ct);
    }
}
