using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Slipway.Inference.Service.Tests.Grpc;

/// <summary>The client's half of gRPC over HTTP/2, small enough to send what no real client would.</summary>
internal sealed class GrpcTestClient(Uri url) : IDisposable
{
    public const string Inference = "inference.GRPCInferenceService";

    private readonly HttpClient _http = new() { BaseAddress = url };

    public static byte[] Frame(byte[] message, bool isEncoded = false)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = isEncoded ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)message.Length);
        message.CopyTo(frame.AsSpan(5));
        return frame;
    }

    /// <summary>Calls with any number of messages, sent at once.</summary>
    public Task<GrpcAnswer<T>> CallAsync<T>(
        string method,
        MessageParser<T> parser,
        IEnumerable<IMessage> messages,
        params (string Name, string Value)[] headers
    )
        where T : IMessage<T> => SendAsync(method, parser, [.. messages.SelectMany(message => Frame(message.ToByteArray()))], headers);

    /// <summary>Calls with one message.</summary>
    public Task<GrpcAnswer<T>> CallAsync<T>(
        string method,
        MessageParser<T> parser,
        IMessage message,
        params (string Name, string Value)[] headers
    )
        where T : IMessage<T> => CallAsync(method, parser, [message], headers);

    /// <summary>Calls with a body as it is.</summary>
    public async Task<GrpcAnswer<T>> SendAsync<T>(
        string method,
        MessageParser<T> parser,
        byte[] body,
        params (string Name, string Value)[] headers
    )
        where T : IMessage<T>
    {
        using var request = Request(method, new ByteArrayContent(body), headers);
        var response = await _http.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        var messages = new List<T>();
        for (var at = 0; at < bytes.Length; )
        {
            var length = (int)BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at + 1));
            messages.Add(parser.ParseFrom(bytes.AsSpan(at + 5, length)));
            at += 5 + length;
        }
        var (status, text) = StatusOf(response);
        return new GrpcAnswer<T>(status, text, messages, response);
    }

    /// <summary>Opens a call whose messages are sent one by one.</summary>
    public Task<GrpcTestStream<T>> OpenAsync<T>(string method, MessageParser<T> parser, params (string Name, string Value)[] headers)
        where T : IMessage<T> => OpenAsync(method, parser, null, headers);

    /// <summary>Opens a call whose first message is sent before the answer's headers are there.</summary>
    public async Task<GrpcTestStream<T>> OpenAsync<T>(
        string method,
        MessageParser<T> parser,
        IMessage? first,
        params (string Name, string Value)[] headers
    )
        where T : IMessage<T>
    {
        var content = new PushContent();
        using var request = Request(method, content, headers);
        var calling = _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var sending = await content.Opened;
        if (first is not null)
        {
            await sending.WriteAsync(Frame(first.ToByteArray()));
            await sending.FlushAsync();
        }
        var response = await calling;
        return new GrpcTestStream<T>(sending, content, response, await response.Content.ReadAsStreamAsync(), parser);
    }

    public static (int Status, string Message) StatusOf(HttpResponseMessage response)
    {
        string? Find(string name) =>
            response.TrailingHeaders.TryGetValues(name, out var values) || response.Headers.TryGetValues(name, out values)
                ? values.Single()
                : null;
        return (int.Parse(Find("grpc-status") ?? "-1", CultureInfo.InvariantCulture), Uri.UnescapeDataString(Find("grpc-message") ?? ""));
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(string method, HttpContent content, (string Name, string Value)[] headers)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        var request = new HttpRequestMessage(
            HttpMethod.Post,
            method.Contains('/', StringComparison.Ordinal) ? method : $"{Inference}/{method}"
        )
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.Add("te", "trailers");
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }
        return request;
    }

    /// <summary>A body that is written while the answer is read.</summary>
    internal sealed class PushContent : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Stream> Opened => _opened.Task;

        public void Complete() => _completed.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            // The headers go out with the first flush.
            await stream.FlushAsync();
            _opened.SetResult(stream);
            await _completed.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
