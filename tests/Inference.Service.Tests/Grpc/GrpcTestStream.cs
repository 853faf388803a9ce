using System.Buffers.Binary;
using Google.Protobuf;

namespace Slipway.Inference.Service.Tests.Grpc;

/// <summary>An open call: messages out and in, in any order.</summary>
internal sealed class GrpcTestStream<T>(
    Stream sending,
    GrpcTestClient.PushContent content,
    HttpResponseMessage response,
    Stream receiving,
    MessageParser<T> parser
) : IDisposable
    where T : IMessage<T>
{
    public async Task SendAsync(IMessage message)
    {
        await sending.WriteAsync(GrpcTestClient.Frame(message.ToByteArray()));
        await sending.FlushAsync();
    }

    /// <summary>The next message; null at the end.</summary>
    public async Task<T?> ReceiveAsync()
    {
        var prefix = new byte[5];
        if (await receiving.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false) < prefix.Length)
        {
            return default;
        }
        var message = new byte[BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1))];
        await receiving.ReadExactlyAsync(message);
        return parser.ParseFrom(message);
    }

    /// <summary>Ends the caller's side and waits for the status.</summary>
    public async Task<(int Status, string Message)> CompleteAsync()
    {
        content.Complete();
        while (await ReceiveAsync() is not null) { }
        return GrpcTestClient.StatusOf(response);
    }

    public void Dispose()
    {
        content.Complete();
        response.Dispose();
    }
}
