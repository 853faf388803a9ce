using System.Runtime.InteropServices;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.SharedMemory;

/// <summary>Inferences whose tensors are in shared memory, over every wire.</summary>
public sealed class SharedMemoryInferTests(SharedMemoryService service) : IClassFixture<SharedMemoryService>, IAsyncLifetime
{
    private static readonly byte[] s_text = [1, 0, 0, 0, (byte)'a', 0, 0, 0, 0, 2, 0, 0, 0, 0xFF, 0];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => Assert.Equal("", await service.Client("rest").UnregisterAsync(""));

    [Theory]
    [InlineData("rest")]
    [InlineData("grpc")]
    [InlineData("stream")]
    public async Task Infer_InputAndOutputInSharedMemory_GivesWhatThePlainOneGives(string wire)
    {
        using var input = new SharedMemoryObject([0, 0, 0, 0, .. Bytes(1, 2, 3, 4)]);
        using var output = new SharedMemoryObject(new byte[64]);
        var client = service.Client(wire);
        await client.RegisterAsync("in", input.Key, 4, 16);
        await client.RegisterAsync("out", output.Key, 8, 32);

        var plain = await client.InferAsync("linear", null, [new("x", "FP32", [2, 2], Bytes(1, 2, 3, 4))], [new("y")]);
        var shared = await client.InferAsync(
            "linear",
            null,
            [new("x", "FP32", [2, 2], null, new Place("in", 16))],
            [new("y", new Place("out", 20, 12))]
        );

        Assert.Equal(("", "y FP32 2,1"), (shared.Error, shared.Outputs));
        Assert.Equal(plain.Outputs, shared.Outputs);
        Assert.Equal(Bytes(9, 19), plain.Bytes[0]);
        Assert.Empty(Assert.Single(shared.Bytes));
        // At its own offset within the region's, and nowhere else.
        Assert.Equal([.. new byte[20], .. plain.Bytes[0], .. new byte[36]], output.Content);
    }

    [Theory]
    [InlineData("rest", "BYTES")]
    [InlineData("grpc", "BYTES")]
    [InlineData("rest", "BOOL")]
    [InlineData("stream", "FP16")]
    public async Task Infer_OfOtherTypes_KeepsTheFormOfBytes(string wire, string type)
    {
        byte[] bytes =
            type == "BYTES" ? s_text
            : type == "BOOL" ? [1, 7, 0]
            : [0, 0x3C, 0, 0x7C, 1, 0];
        using var memory = new SharedMemoryObject([.. bytes, .. new byte[40]]);
        var client = service.Client(wire);
        await client.RegisterAsync("r", memory.Key, 0, (ulong)(bytes.Length + 40));

        var answer = await client.InferAsync(
            type,
            null,
            [new("x", type, [3], null, new Place("r", (ulong)bytes.Length))],
            [new("y", new Place("r", 40, (ulong)bytes.Length))]
        );

        Assert.Equal(("", $"y {type} 3"), (answer.Error, answer.Outputs));
        byte[] expected = type == "BOOL" ? [1, 1, 0] : bytes;
        Assert.Equal(expected, memory.Content[bytes.Length..(2 * bytes.Length)]);
    }

    [Theory]
    [InlineData("rest")]
    [InlineData("grpc")]
    public async Task Infer_OneInputInSharedMemory_ReadsTheOtherFromTheRequest(string wire)
    {
        using var memory = new SharedMemoryObject(Bytes(4, 5));
        var client = service.Client(wire);
        await client.RegisterAsync("temp", memory.Key, 0, 8);
        var season = new SharedMemoryInput("season", "BYTES", [2, 1], [1, 0, 0, 0, (byte)'1', 1, 0, 0, 0, (byte)'2']);
        var temp = new SharedMemoryInput("temp", "FP32", [2, 1], null, new Place("temp", 8));

        var first = await client.InferAsync("demand", null, [temp, season], []);
        var last = await client.InferAsync("demand", null, [season, temp], []);

        Assert.Equal("", first.Error + last.Error);
        Assert.Equal(Bytes(18, 30), Assert.Single(first.Bytes));
        Assert.Equal(Bytes(18, 30), Assert.Single(last.Bytes));
    }

    [Theory]
    [InlineData("rest")]
    [InlineData("grpc")]
    public async Task Infer_InSharedMemory_IsLoggedAsOthersAre(string wire)
    {
        using var memory = new SharedMemoryObject(Bytes(1, 2));
        var client = service.Client(wire);
        await client.RegisterAsync("r", memory.Key, 0, 8);

        await client.InferAsync("linear", $"plain-{wire}", [new("x", "FP32", [1, 2], Bytes(1, 2))], []);
        await client.InferAsync(
            "linear",
            $"shared-{wire}",
            [new("x", "FP32", [1, 2], null, new Place("r", 8))],
            [new("y", new Place("r", 8))]
        );

        var plain = Assert.Single(await service.Host.LoggedAsync($"plain-{wire}", 1));
        var shared = Assert.Single(await service.Host.LoggedAsync($"shared-{wire}", 1));
        Assert.Equal([1.0, 2.0], shared.Numbers.Values.Select(value => value!.Value));
        Assert.Equal(plain.Numbers, shared.Numbers);
        Assert.Equal(9, shared.Value);
        Assert.Equal(Bytes(9), memory.Content[..4]);
    }

    [Theory]
    [InlineData("rest")]
    [InlineData("grpc")]
    [InlineData("stream")]
    public async Task Infer_UnfitPlace_IsRefusedWithTheReason(string wire)
    {
        using var memory = new SharedMemoryObject(new byte[64]);
        var client = service.Client(wire);
        await client.RegisterAsync("r", memory.Key, 0, 32);
        var (wrong, missing) = (client.Status(400, 3), client.Status(404, 5));

        Assert.Equal($"{missing} Unable to find shared memory region: 'none'", await AskAsync(new("none", 8)));
        Assert.Equal($"{missing} Unable to find shared memory region: 'none'", await AskAsync(new("r", 8), new("none", 8)));
        Assert.Equal($"{wrong} Invalid offset for shared memory region: 'r'", await AskAsync(new("r", 8, 32)));
        Assert.Equal($"{wrong} Invalid offset for shared memory region: 'r'", await AskAsync(new("r", 8), new("r", 8, 64)));
        Assert.Equal($"{wrong} Invalid offset + byte size for shared memory region: 'r'", await AskAsync(new("r", 8, 25)));
        Assert.Equal($"{wrong} Invalid offset + byte size for shared memory region: 'r'", await AskAsync(new("r", long.MaxValue, 1)));
        Assert.Equal(
            $"{wrong} input byte size mismatch for input 'x' for model 'linear'. Expected 8, got 16",
            await AskAsync(new("r", 16))
        );
        Assert.Equal(
            $"{wrong} shared memory size specified with the request for output 'y' (2 bytes) should be at least 4 bytes to hold the results",
            await AskAsync(new("r", 8), new("r", 2))
        );
        Assert.Equal(
            $"{wrong} 'shared_memory_byte_size' must be specified along with 'shared_memory_region' parameter for tensor 'x'",
            await AskAsync(new("r", null))
        );
        Assert.Equal(
            $"{wrong} 'shared_memory_offset' can not be specified without 'shared_memory_region' parameter for tensor 'x'",
            await AskAsync(new(null, null, 8))
        );
        Assert.Equal(
            $"{wrong} 'shared_memory_byte_size' can not be specified without 'shared_memory_region' parameter for tensor 'y'",
            await AskAsync(new("r", 8), new(null, 8))
        );
        var classes = await client.InferAsync("linear", null, [X(new("r", 8))], [new("y", new("r", 8), Classes: 1)]);
        Assert.Equal($"{wrong} Output can't set both 'shared_memory_region' and 'classification'", classes.Error);
        var both = await client.InferAsync("linear", null, [new("x", "FP32", [1, 2], Bytes(1, 2), new("r", 8))], []);
        Assert.Equal(
            wire == "rest"
                ? "400 Input must set only one of the following fields: 'data', 'binary_data_size' in 'parameters', 'shared_memory_region' in 'parameters'. But set 'binary_data_size' 'shared_memory_region'"
                : "3 unexpected 'content' provided when using shared memory for input tensor 'x' for model 'linear'",
            both.Error
        );
        // None of it has left the region in use: it goes on.
        Assert.Equal("", await AskAsync(new("r", 8), new("r", 8)));

        async Task<string> AskAsync(Place input, Place? output = null) =>
            (await client.InferAsync("linear", null, [X(input)], [new("y", output)])).Error;
    }

    [Fact]
    public async Task Infer_DataBesideSharedMemory_IsRefused()
    {
        const string Body =
            """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2],"parameters":{"shared_memory_region":"r","shared_memory_byte_size":8}}]}""";
        using var memory = new SharedMemoryObject(new byte[8]);
        await service.Client("rest").RegisterAsync("r", memory.Key, 0, 8);

        var (status, body, _) = await service.Host.PostAsync("v2/models/linear/infer", Body);

        Assert.Equal(400, status);
        Assert.Contains("But set 'data' 'shared_memory_region'", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_OutputInSharedMemoryAndJsonAround_HasNothingOfIt()
    {
        const string Body =
            """{"id":"b","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}],"outputs":[{"name":"y","parameters":{"shared_memory_region":"r","shared_memory_byte_size":8}}]}""";
        using var memory = new SharedMemoryObject(new byte[8]);
        await service.Client("rest").RegisterAsync("r", memory.Key, 0, 8);

        var (_, answer, _) = await service.Host.PostAsync("v2/models/linear/infer", Body);
        var (status, error, _) = await service.Host.PostAsync(
            "v2/models/linear/infer",
            Body.Replace("\"shared_memory_region\"", "\"binary_data\":true,\"shared_memory_region\"", StringComparison.Ordinal)
        );

        Assert.Equal(
            """{"model_name":"linear","model_version":"3","id":"b","outputs":[{"name":"y","datatype":"FP32","shape":[1,1]}]}""",
            answer
        );
        Assert.Equal(Bytes(9), memory.Content[..4]);
        Assert.Equal((400, """{"error":"Output can't set both 'shared_memory_region' and 'binary_data'"}"""), (status, error));
    }

    [Theory]
    [InlineData("rest")]
    [InlineData("grpc")]
    [InlineData("stream")]
    public async Task Infer_ObjectCutByItsOwner_IsRefusedAndTheServiceGoesOn(string wire)
    {
        using var input = new SharedMemoryObject(Bytes(1, 2));
        using var output = new SharedMemoryObject(new byte[8]);
        var client = service.Client(wire);
        await client.RegisterAsync("in", input.Key, 0, 8);
        await client.RegisterAsync("out", output.Key, 0, 8);

        input.Resize(5);
        var fromCut = await client.InferAsync("linear", null, [X(new("in", 8))], []);
        input.Resize(8);
        output.Resize(0);
        var toCut = await client.InferAsync("linear", null, [X(new("in", 8))], [new("y", new("out", 8))]);
        output.Resize(8);
        var whole = await client.InferAsync("linear", null, [X(new("in", 8))], [new("y", new("out", 8))]);

        Assert.Equal($"{client.Status(400, 3)} {Cut("in", input)}", fromCut.Error);
        Assert.Equal($"{client.Status(400, 3)} {Cut("out", output)}", toCut.Error);
        Assert.Equal("", whole.Error);
        Assert.Equal(8, output.Content.Length);

        static string Cut(string region, SharedMemoryObject memory) =>
            $"shared memory region '{region}' is not whole any more: its object '{memory.Key}' is shorter than when it was registered";
    }

    [Theory]
    [InlineData("rest")]
    [InlineData("grpc")]
    public async Task Infer_MoreThanRequestsMayHold_IsRefused(string wire)
    {
        using var memory = new SharedMemoryObject(4);
        memory.Resize(SharedMemoryService.MaxHeldBytes + 4);
        var client = service.Client(wire);
        await client.RegisterAsync("r", memory.Key, 0, SharedMemoryService.MaxHeldBytes + 4);

        var tooLarge = await AskAsync(SharedMemoryService.MaxHeldBytes + 4);

        Assert.StartsWith(
            $"{client.Status(413, 8)} the inputs in shared memory take {SharedMemoryService.MaxHeldBytes + 4} bytes",
            tooLarge,
            StringComparison.Ordinal
        );
        // What does not fit the shape is not counted first.
        Assert.StartsWith(
            $"{client.Status(400, 3)} input byte size mismatch",
            await AskAsync(SharedMemoryService.MaxHeldBytes + 4, width: 2),
            StringComparison.Ordinal
        );
        // Each of them gives back what it held, a moment after its answer.
        await Eventually.TrueAsync(async () => await AskAsync(SharedMemoryService.MaxHeldBytes) == "");
        await Eventually.TrueAsync(async () => await AskAsync(SharedMemoryService.MaxHeldBytes) == "");

        async Task<string> AskAsync(int bytes, int? width = null)
        {
            var place = new Place("r", (ulong)bytes);
            return (
                await client.InferAsync("wide", null, [new("x", "FP32", [1, width ?? (bytes / 4)], null, place)], [new("y", place)])
            ).Error;
        }
    }

    private static SharedMemoryInput X(Place place) => new("x", "FP32", [1, 2], null, place);

    private static byte[] Bytes(params float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
