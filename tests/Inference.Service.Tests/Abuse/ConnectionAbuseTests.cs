using System.Net.Sockets;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Slipway.Inference.Service.Tests.Grpc;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Abuse;

/// <summary>Clients that are slow, go half away, stay for nothing, or send more than they may: they end, and everyone else is served.</summary>
public sealed class ConnectionAbuseTests(AbusedService service) : IClassFixture<AbusedService>
{
    private const int IdleConnections = 10_000;
    private const string Head = "POST /v1/models/linear:predict HTTP/1.1\r\nHost: x\r\n";
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task SlowHeaders_AreCutOff()
    {
        using var client = await service.Process.ConnectAsync();
        await SendAsync(client, Head + "X-Slow: ");

        var answer = await ReadToEndAsync(client);

        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        await service.IsServingAsync();
    }

    [Fact]
    public async Task SlowBody_IsRefused()
    {
        using var client = await service.Process.ConnectAsync();
        await SendAsync(client, Head + "Content-Length: 1000\r\n\r\n{\"instances\":");

        var answer = await ReadToEndAsync(client);

        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains("{\"error\":\"Reading the request body timed out", answer, StringComparison.Ordinal);
        await service.IsServingAsync();
    }

    [Fact]
    public async Task HalfClosed_QuickRequest_HarmsNothing()
    {
        for (var i = 0; i < 50; i++)
        {
            using var client = await service.Process.ConnectAsync();
            await SendAsync(client, Head + "Content-Length: 21\r\n\r\n{\"instances\":[[1,1]]}");
            client.Client.Shutdown(SocketShutdown.Send);

            var answer = await ReadToEndAsync(client);

            // The answer, or nothing: whether the end of the sending side is the end of the client cannot be known.
            Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal), answer);
        }
        await service.IsServingAsync();
    }

    [Fact]
    public async Task HalfClosed_LongRun_IsStopped()
    {
        using var client = await service.Process.ConnectAsync();
        await SendAsync(client, "POST /v1/models/endless:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 21\r\n\r\n{\"instances\":[[1,1]]}");
        client.Client.Shutdown(SocketShutdown.Send);

        await ReadToEndAsync(client);

        await service.IsServingAsync();
    }

    [Theory]
    [InlineData(500, 10)]
    [InlineData(3, 100_000)]
    [InlineData(90, 1_000)]
    public async Task HeaderFlood_IsRefused(int count, int length)
    {
        using var client = await service.Process.ConnectAsync();
        var headers = string.Concat(Enumerable.Range(0, count).Select(i => $"X-{i}: {new string('a', length)}\r\n"));
        try
        {
            await SendAsync(client, Head + headers + "Content-Length: 0\r\n\r\n");
        }
        catch (IOException)
        {
            // Closed before all was sent.
        }

        Assert.StartsWith("HTTP/1.1 431", await ReadToEndAsync(client), StringComparison.Ordinal);
        await service.IsServingAsync();
    }

    [Theory]
    [InlineData("Content-Length: 1000000000000\r\n\r\n")]
    [InlineData("Content-Length: 9000000\r\n\r\n")]
    public async Task AnnouncedBodyBeyondTheLimit_IsRefusedUnread(string rest)
    {
        using var client = await service.Process.ConnectAsync();
        await SendAsync(client, Head + rest);

        var answer = await ReadUntilAsync(client, "}");

        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("{\"error\":\"the request body exceeds the limit of 8388608 bytes", answer, StringComparison.Ordinal);
        await service.IsServingAsync();
    }

    [Fact]
    public async Task ChunkedBodyWithoutEnd_IsRefused()
    {
        using var client = await service.Process.ConnectAsync();
        await SendAsync(client, Head + "Transfer-Encoding: chunked\r\n\r\n");
        var chunk = Encoding.ASCII.GetBytes("10000\r\n" + new string(' ', 0x10000) + "\r\n");
        try
        {
            for (var sent = 0L; sent < 10L * AbusedService.MaxRequestBytes; sent += chunk.Length)
            {
                await client.GetStream().WriteAsync(chunk);
            }
        }
        catch (IOException)
        {
            // Closed while there was more to come, which is the refusal.
        }

        await service.IsServingAsync();
    }

    [Fact]
    public async Task ChunksOfOneByte_AreServedOrRefusedInBoundedMemory()
    {
        using var client = await service.Process.ConnectAsync();
        await SendAsync(client, Head + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
        var chunks = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("1\r\nA\r\n", 10_000)));
        for (var i = 0; i < 50; i++)
        {
            await client.GetStream().WriteAsync(chunks);
        }
        await SendAsync(client, "0\r\n\r\n");

        var answer = await ReadToEndAsync(client);

        Assert.Contains("failed to parse the request JSON buffer: Invalid value. at 0", answer, StringComparison.Ordinal);
        await service.IsServingAsync();
    }

    [Fact]
    public async Task MessageBeyondTheLimit_IsRefused()
    {
        using var client = new GrpcTestClient(service.Process.GrpcUrl);

        var answer = await client.SendAsync("ModelInfer", Empty.Parser, GrpcTestClient.Frame(new byte[AbusedService.MaxRequestBytes + 1]));

        Assert.Equal(8, answer.Status);
        await service.IsServingAsync();
    }

    [Fact]
    public async Task AbortedUploads_GiveTheirMemoryBack()
    {
        await service.IsServingAsync();
        await UploadAndAbortAsync(20);
        var before = service.Process.MemoryBytes;

        // Twenty times as much again: what one round needed serves the next.
        for (var round = 0; round < 8; round++)
        {
            await UploadAndAbortAsync(20);
        }

        Assert.InRange(service.Process.MemoryBytes - before, long.MinValue, 200L << 20);
        await service.IsServingAsync();
    }

    [Fact]
    public async Task IdleConnections_CostLittleAndGiveItBack()
    {
        await service.IsServingAsync();
        var files = service.Process.FileCount;
        var before = service.Process.MemoryBytes;
        var peaks = new long[4];
        for (var round = 0; round < peaks.Length; round++)
        {
            var clients = new List<TcpClient>();
            try
            {
                while (clients.Count < IdleConnections)
                {
                    clients.Add(await service.Process.ConnectAsync());
                }
                await Eventually.TrueAsync(() => service.Process.FileCount >= files + IdleConnections);
                await service.IsServingAsync();
                peaks[round] = service.Process.MemoryBytes;
            }
            finally
            {
                clients.ForEach(client => client.Dispose());
            }
            await Eventually.TrueAsync(() => service.Process.FileCount < files + 100);
        }

        Assert.InRange((peaks[0] - before) / IdleConnections, long.MinValue, 30_000);
        // The later rounds live in what the first one gave back: kept connections would be 240 MB.
        Assert.InRange(peaks[^1] - peaks[0], long.MinValue, 160L << 20);
        await service.IsServingAsync();
    }

    private async Task UploadAndAbortAsync(int count)
    {
        var part = new byte[AbusedService.MaxRequestBytes / 4 * 3];
        await Task.WhenAll(
            Enumerable
                .Range(0, count)
                .Select(async _ =>
                {
                    using var client = await service.Process.ConnectAsync();
                    await SendAsync(client, Head + $"Content-Length: {AbusedService.MaxRequestBytes}\r\n\r\n");
                    await client.GetStream().WriteAsync(part);
                    client.LingerState = new LingerOption(enable: true, seconds: 0);
                })
        );
        await service.Process.IsIdleAsync();
    }

    private static async Task SendAsync(TcpClient client, string text) =>
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));

    private static Task<string> ReadToEndAsync(TcpClient client) => ReadUntilAsync(client, null);

    // On the socket: the stream of a client that has shut its sending side down cannot be had.
    private static async Task<string> ReadUntilAsync(TcpClient client, string? end)
    {
        using var limit = new CancellationTokenSource(s_limit);
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (end is null || !text.ToString().Contains(end, StringComparison.Ordinal))
            {
                var count = await client.Client.ReceiveAsync(buffer, limit.Token);
                if (count == 0)
                {
                    break;
                }
                text.Append(Encoding.ASCII.GetString(buffer, 0, count));
            }
        }
        catch (SocketException)
        {
            // Reset: what was read before stands.
        }
        return text.ToString();
    }
}
