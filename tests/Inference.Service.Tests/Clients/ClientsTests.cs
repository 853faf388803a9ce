using System.Diagnostics;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Service.Tests.Clients;

/// <summary>Client libraries of others against the running service: the programs are in <c>tests/clients</c>.</summary>
public sealed class ClientsTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);
    private readonly TempFolder _folder = new();
    private FakeRegistry _registry = null!;
    private InferenceHost _host = null!;

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));

    public async Task InitializeAsync()
    {
        _registry = await FakeRegistry.StartAsync();
        var revision = _registry.Set([
            _registry.Add("simple", 1, Simple()),
            _registry.Add("endless", 1, ServedTestModels.Endless()),
            _registry.Add("texts", 1, ServedTestModels.Identity(OnnxType.String, "n")),
        ]);
        _host = await InferenceHost.StartAsync(_registry, _folder, null, ("Inference:Serving:WarmUp", "false"));
        await _host.LoadedAsync(revision);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _registry.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task GrpcJs_EveryCall_IsServed() =>
        RunAsync("node", "tests/clients/grpc-js.mjs", _host.GrpcUrl.Authority, Path.Combine(Root(), "Inference.Service/Protos"));

    [Fact]
    public async Task Python_EveryCall_IsServed()
    {
        var descriptors = Path.Combine(_folder.Path, "descriptors.bin");
        var set = new FileDescriptorSet();
        FileDescriptor[] files = [ModelConfigReflection.Descriptor, InferenceReflection.Descriptor, HealthReflection.Descriptor];
        set.File.Add(files.Select(file => FileDescriptorProto.Parser.ParseFrom(file.SerializedData)));
        await File.WriteAllBytesAsync(descriptors, set.ToByteArray());

        // Debian's own, which has its packages.
        await RunAsync(
            "/usr/bin/python3",
            "tests/clients/python_client.py",
            _host.Client.BaseAddress!.Authority,
            _host.GrpcUrl.Authority,
            descriptors
        );
    }

    /// <summary>Two sums of two inputs of 16 numbers, by the names that example clients have for them.</summary>
    private static byte[] Simple() =>
        new OnnxModelBuilder()
            .Input("INPUT0", OnnxType.Int32, "batch", 16)
            .Input("INPUT1", OnnxType.Int32, "batch", 16)
            .Output("OUTPUT0", OnnxType.Int32, "batch", 16)
            .Output("OUTPUT1", OnnxType.Int32, "batch", 16)
            .Node("Add", ["INPUT0", "INPUT1"], ["OUTPUT0"])
            .Node("Sub", ["INPUT0", "INPUT1"], ["OUTPUT1"])
            .Model.ToByteArray();

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = Root(),
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        using var limit = new CancellationTokenSource(s_limit);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        Assert.True(process.ExitCode == 0 && (await output).TrimEnd() == "ok", await output + await errors);
    }
}
