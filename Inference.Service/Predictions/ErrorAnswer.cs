using System.Globalization;
using Slipway.Inference.Service.Json;

namespace Slipway.Inference.Service.Predictions;

/// <summary>Errors of the protocol routes: <c>{"error":"…"}</c>.</summary>
internal static class ErrorAnswer
{
    // However long the queue is: things may be better sooner, and who waits longer has forgotten why.
    private const int MaxRetryAfterSeconds = 60;

    public static async Task WriteAsync(HttpContext context, int status, string message, TimeSpan retryAfter = default)
    {
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        using var buffer = new PooledBuffer();
        buffer.Write("{\"error\":"u8);
        JsonText.WriteString(buffer, message);
        buffer.Write((byte)'}');
        await SendAsync(context, status, buffer, retryAfter);
    }

    /// <summary>Sends an error whose body is written.</summary>
    public static async Task SendAsync(HttpContext context, int status, PooledBuffer buffer, TimeSpan retryAfter = default)
    {
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = Math.Clamp(Math.Ceiling(retryAfter.TotalSeconds), 1, MaxRetryAfterSeconds)
                .ToString("0", CultureInfo.InvariantCulture);
        }
        // What a protocol had set for the answer that was not to be.
        context.Response.Headers.ContentEncoding = default;
        context.Response.Headers.CacheControl = default;
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.Length;
        await context.Response.BodyWriter.WriteAsync(buffer.Written, context.RequestAborted);
    }
}
