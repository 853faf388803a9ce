using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Grpc;

/// <summary>
/// One call of gRPC over HTTP/2 (the protocol of PROTOCOL-HTTP2.md in the gRPC project): messages with a five-byte prefix in, the same out, and a status at the end.
/// </summary>
internal sealed class GrpcCall(HttpContext context, int maxMessageBytes, RequestMemory? memory = null)
{
    private const int PrefixBytes = 5;
    private const string Identity = "identity";

    public HttpContext Context { get; } = context;

    /// <summary>The caller's deadline as the time left when the call came, or null.</summary>
    public TimeSpan? TimeLimit { get; } = GrpcTimeout.Parse(context.Request.Headers["grpc-timeout"]);

    /// <summary>Sets the answer up; false, with the refusal sent, where the request is no gRPC call over HTTP/2.</summary>
    public bool TryStart()
    {
        var response = Context.Response;
        if (!HttpProtocol.IsHttp2(Context.Request.Protocol))
        {
            response.StatusCode = StatusCodes.Status426UpgradeRequired;
            response.Headers.Upgrade = "HTTP/2";
            return false;
        }
        if (Context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true)
        {
            response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return false;
        }
        response.ContentType = "application/grpc";
        return true;
    }

    /// <summary>Lets a stream be quiet, and as long as it likes; each message has its own limit.</summary>
    public void AllowLongStream()
    {
        if (Context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
        if (Context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }
    }

    /// <summary>The next message; null at the end of the stream.</summary>
    public async ValueTask<GrpcMessage?> ReadAsync(CancellationToken cancellationToken)
    {
        long held = 0;
        try
        {
            var reader = Context.Request.BodyReader;
            while (true)
            {
                var read = await reader.ReadAsync(cancellationToken);
                var received = read.Buffer;
                if (received.Length >= PrefixBytes)
                {
                    var (isEncoded, length) = ReadPrefix(received);
                    Check(reader, received, length, ref held);
                    if (received.Length >= PrefixBytes + length)
                    {
                        var bytes = received.Slice(PrefixBytes, length);
                        if (!isEncoded)
                        {
                            return new GrpcMessage(reader, bytes, memory, held);
                        }
                        var decoded = Decode(bytes);
                        memory?.Release(ref held);
                        return decoded;
                    }
                }
                if (read.IsCompleted)
                {
                    reader.AdvanceTo(received.End);
                    return received.Length == 0 ? null : throw RequestRefusedException.BadRequest("the stream ends within a message");
                }
                reader.AdvanceTo(received.Start, received.End);
            }
        }
        catch
        {
            memory?.Release(ref held);
            throw;
        }
    }

    /// <summary>The only message of a unary call.</summary>
    public async ValueTask<GrpcMessage> ReadSingleAsync(CancellationToken cancellationToken) =>
        await ReadAsync(cancellationToken) ?? throw RequestRefusedException.BadRequest("the call has no message");

    /// <summary>Begins a message in an empty buffer.</summary>
    public static void BeginMessage(PooledBuffer buffer)
    {
        buffer.GetSpan(PrefixBytes)[..PrefixBytes].Clear();
        buffer.Advance(PrefixBytes);
    }

    /// <summary>Sends a buffer that holds one message.</summary>
    public ValueTask SendAsync(PooledBuffer buffer, CancellationToken cancellationToken)
    {
        if (buffer.TotalLength > int.MaxValue)
        {
            // No client takes it.
            throw new RequestRefusedException(
                StatusCodes.Status500InternalServerError,
                $"the answer of {buffer.TotalLength} bytes is larger than a message can be: ask for fewer rows or outputs"
            );
        }
        BinaryPrimitives.WriteUInt32BigEndian(buffer.Rewrite(1, PrefixBytes - 1), (uint)(buffer.TotalLength - PrefixBytes));
        return buffer.SendAsync(Context.Response.BodyWriter, cancellationToken);
    }

    /// <summary>Sends a message.</summary>
    public async ValueTask SendAsync(IMessage message, CancellationToken cancellationToken)
    {
        using var buffer = new PooledBuffer();
        BeginMessage(buffer);
        message.WriteTo(buffer);
        await SendAsync(buffer, cancellationToken);
    }

    /// <summary>Ends the call with a status; the server sends it when the handler returns.</summary>
    public void Finish(int status, string message = "")
    {
        if (Context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        var response = Context.Response;
        var code = status == GrpcStatus.Ok ? "0" : status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (status == GrpcStatus.Unimplemented)
        {
            AppendTrailer("grpc-accept-encoding", $"{Identity},{ContentCoding.Gzip},{ContentCoding.Deflate}");
        }
        AppendTrailer("grpc-status", code);
        if (message.Length > 0)
        {
            AppendTrailer("grpc-message", Escape(message));
        }

        void AppendTrailer(string name, string value)
        {
            // With nothing sent, the one block of headers is the trailers, too.
            if (response.HasStarted || status == GrpcStatus.Ok)
            {
                response.AppendTrailer(name, value);
            }
            else
            {
                response.Headers[name] = value;
            }
        }
    }

    // What is refused is consumed: nobody reads it any more.
    private void Check(PipeReader reader, in ReadOnlySequence<byte> received, long length, ref long held)
    {
        try
        {
            if (length > maxMessageBytes)
            {
                throw TooLarge();
            }
            memory?.Grow(ref held, Math.Min(received.Length, PrefixBytes + length));
        }
        catch
        {
            reader.AdvanceTo(received.End);
            throw;
        }
    }

    private static (bool IsEncoded, long Length) ReadPrefix(in ReadOnlySequence<byte> received)
    {
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        received.Slice(0, PrefixBytes).CopyTo(prefix);
        return prefix[0] <= 1
            ? (prefix[0] == 1, BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]))
            : throw RequestRefusedException.BadRequest("a message has an invalid compression flag");
    }

    private GrpcMessage Decode(in ReadOnlySequence<byte> bytes)
    {
        var coding = Context.Request.Headers["grpc-encoding"].ToString();
        try
        {
            if (coding is not (ContentCoding.Gzip or ContentCoding.Deflate))
            {
                throw new RequestRefusedException(
                    StatusCodes.Status501NotImplemented,
                    coding.Length is 0 || coding == Identity
                        ? "a message is compressed, but the call names no 'grpc-encoding'"
                        : $"'grpc-encoding: {coding}' is not supported"
                );
            }
            var decoded = ContentCoding.Decode(bytes, coding, maxMessageBytes, TooLarge, memory, out var held);
            return new GrpcMessage(decoded, memory, held);
        }
        finally
        {
            Context.Request.BodyReader.AdvanceTo(bytes.End);
        }
    }

    private RequestRefusedException TooLarge() =>
        new(
            StatusCodes.Status413PayloadTooLarge,
            $"the message exceeds the limit of {maxMessageBytes} bytes ({InferenceOptions.Section}:{nameof(InferenceOptions.MaxRequestBytes)})"
        );

    // Percent-encoded UTF-8, as the protocol has it.
    private static string Escape(string message)
    {
        var text = new StringBuilder(message.Length);
        foreach (var unit in Encoding.UTF8.GetBytes(message))
        {
            if (unit is >= 0x20 and <= 0x7E and not (byte)'%')
            {
                text.Append((char)unit);
            }
            else
            {
                text.Append('%').Append(unit.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }
        return text.ToString();
    }
}
