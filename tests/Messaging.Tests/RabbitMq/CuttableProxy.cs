using System.Net;
using System.Net.Sockets;

namespace Slipway.Messaging.Tests.RabbitMq;

/// <summary>A TCP proxy in front of the broker whose connections a test cuts, and which refuses new ones until the test lets them in again.</summary>
internal sealed class CuttableProxy : IAsyncDisposable
{
    private readonly DnsEndPoint _target;
    private readonly int _port;
    private TcpListener? _listener;
    private CancellationTokenSource _open = new();
    private Task _accepting = Task.CompletedTask;

    internal CuttableProxy(string host, int port)
    {
        _target = new DnsEndPoint(host, port);
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        _port = ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    internal int Port => _port;

    internal void Open()
    {
        _open = new CancellationTokenSource();
        _listener = new TcpListener(IPAddress.Loopback, _port);
        _listener.Start();
        _accepting = AcceptAsync(_listener, _open.Token);
    }

    internal async Task CutAsync()
    {
        await _open.CancelAsync();
        _listener?.Dispose();
        await _accepting;
    }

    public async ValueTask DisposeAsync()
    {
        await CutAsync();
        _open.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener, CancellationToken cut)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(RelayAsync(await listener.AcceptSocketAsync(cut), cut));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task RelayAsync(Socket client, CancellationToken cut)
    {
        using (client)
        using (var broker = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            try
            {
                await broker.ConnectAsync(_target, cut);
                await using var left = new NetworkStream(client);
                await using var right = new NetworkStream(broker);
                await Task.WhenAny(left.CopyToAsync(right, cut), right.CopyToAsync(left, cut));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
            {
                return;
            }
        }
    }
}
