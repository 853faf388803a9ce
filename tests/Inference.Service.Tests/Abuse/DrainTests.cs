using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Abuse;

/// <summary>SIGTERM under load: what was accepted is answered, nothing more is taken, and the process ends in time.</summary>
public sealed class DrainTests : IDisposable
{
    private readonly TempFolder _repository = new();

    public void Dispose() => _repository.Dispose();

    [Fact]
    public async Task Terminate_UnderLoad_AnswersEverythingThatWasAccepted()
    {
        Directory.CreateDirectory(_repository.Combine("linear/1"));
        File.WriteAllBytes(_repository.Combine("linear/1/model.onnx"), OnnxModelBuilder.Linear().Model.ToByteArray());
        // About as long as a run of a real model.
        Directory.CreateDirectory(_repository.Combine("slow/1"));
        File.WriteAllBytes(_repository.Combine("slow/1/model.onnx"), OnnxModelBuilder.LoopBomb(20_000).Model.ToByteArray());
        await using var service = await ServiceProcess.StartAsync(_repository.Path);
        var answered = 0;
        var clients = Enumerable
            .Range(0, 16)
            .Select(i => Task.Run(() => LoadAsync(service, i % 4 == 0 ? "slow" : "linear", () => Interlocked.Increment(ref answered))))
            .ToArray();
        await Eventually.TrueAsync(() => Volatile.Read(ref answered) > 2000);

        var (exitCode, output) = await service.TerminateAsync();

        Assert.True(exitCode == 0, $"{exitCode}: {output}");
        var failures = (await Task.WhenAll(clients)).Where(failure => failure is not null).ToArray();
        Assert.True(failures.Length == 0, $"after {answered} answers: {string.Join("; ", failures)}");
        Assert.DoesNotContain("\"LogLevel\":\"Error\"", output, StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terminate_WithIdleAndHungClients_EndsInTime()
    {
        Directory.CreateDirectory(_repository.Combine("linear/1"));
        File.WriteAllBytes(_repository.Combine("linear/1/model.onnx"), OnnxModelBuilder.Linear().Model.ToByteArray());
        await using var service = await ServiceProcess.StartAsync(_repository.Path, "--Inference:DrainTimeout=00:00:03");
        using var idle = await service.ConnectAsync();
        using var hung = await service.ConnectAsync();
        await hung.GetStream().WriteAsync("POST /v1/models/linear:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"u8.ToArray());

        // The limit is that of the wait for the exit.
        var (exitCode, output) = await service.TerminateAsync();

        Assert.True(exitCode == 0, $"{exitCode}: {output}");
    }

    // One connection after the other, request by request; null, or how a request failed that the server had read.
    private static async Task<string?> LoadAsync(ServiceProcess service, string model, Action answered)
    {
        var request = Encoding.ASCII.GetBytes(
            $"POST /v1/models/{model}:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 21\r\n\r\n{{\"instances\":[[1,1]]}}"
        );
        var buffer = new byte[8192];
        while (true)
        {
            TcpClient client;
            try
            {
                client = await service.ConnectAsync();
            }
            catch (SocketException)
            {
                // It takes nothing more.
                return null;
            }
            using (client)
            {
                for (var isOpen = true; isOpen; )
                {
                    var answer = "";
                    try
                    {
                        await client.GetStream().WriteAsync(request);
                        do
                        {
                            var count = await client.GetStream().ReadAsync(buffer);
                            if (count == 0)
                            {
                                break;
                            }
                            answer += Encoding.ASCII.GetString(buffer, 0, count);
                        } while (!answer.Contains("]]}", StringComparison.Ordinal) && !answer.Contains("\"}", StringComparison.Ordinal));
                    }
                    catch (IOException)
                    {
                        // A connection that is closed between two requests was not in use: a client sends this request again elsewhere.
                    }
                    if (answer.Length == 0)
                    {
                        break;
                    }
                    if (!answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) || !answer.Contains("]]}", StringComparison.Ordinal))
                    {
                        return answer;
                    }
                    answered();
                    isOpen = !answer.Contains("Connection: close", StringComparison.OrdinalIgnoreCase);
                }
            }
        }
    }
}
