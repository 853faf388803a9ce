using Slipway.Inference.Service.Json;

namespace Slipway.Inference.Service.Predictions;

/// <summary>Errors of the protocol routes: <c>{"error":"…"}</c>.</summary>
internal static class ErrorAnswer
{
    public static async Task WriteAsync(HttpContext context, int status, string message)
    {
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        using var buffer = new PooledBuffer();
        buffer.Write("{\"error\":"u8);
        JsonText.WriteString(buffer, message);
        buffer.Write((byte)'}');
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = "1";
        }
        context.Response.StatusCode = status;
        await WriteJsonAsync(context, buffer);
    }

    /// <summary>Sends a buffer of JSON whose length is known.</summary>
    public static async Task WriteJsonAsync(HttpContext context, PooledBuffer buffer)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.Length;
        await context.Response.BodyWriter.WriteAsync(buffer.Written, context.RequestAborted);
    }
}
