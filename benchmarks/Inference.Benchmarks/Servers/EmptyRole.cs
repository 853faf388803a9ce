namespace Slipway.Inference.Benchmarks.Servers;

/// <summary>The limit of the web server: an endpoint that reads the body and writes 40 bytes.</summary>
internal static class EmptyRole
{
    private static readonly byte[] s_answer = "{\"answer\":[0.1,0.2,0.3],\"of\":\"nothing\"}"u8.ToArray();

    public static async Task<int> RunAsync(string port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        app.MapGet("/health/ready", () => "ready");
        app.MapPost(
            "/v2/models/simple/infer",
            static async (HttpContext context) =>
            {
                var reader = context.Request.BodyReader;
                while (true)
                {
                    var read = await reader.ReadAsync();
                    reader.AdvanceTo(read.Buffer.End);
                    if (read.IsCompleted)
                    {
                        break;
                    }
                }

                context.Response.ContentType = "application/json";
                context.Response.ContentLength = s_answer.Length;
                await context.Response.BodyWriter.WriteAsync(s_answer);
            }
        );
        await app.RunAsync();
        return 0;
    }
}
