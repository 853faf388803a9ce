using System.Net;
using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.SharedMemory;
using Slipway.Inference.Service.Tests.Grpc;

namespace Slipway.Inference.Service.Tests.SharedMemory;

/// <summary>Registering, describing and unregistering regions, over both wires.</summary>
public sealed class SharedMemoryRegionTests(SharedMemoryService service, GrpcService without)
    : IClassFixture<SharedMemoryService>,
        IClassFixture<GrpcService>,
        IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => Assert.Equal("", await service.Client("rest").UnregisterAsync(""));

    [Theory]
    [InlineData("rest")]
    [InlineData("grpc")]
    public async Task Regions_RegisteredAndUnregistered_AreTold(string wire)
    {
        using var memory = new SharedMemoryObject(new byte[64]);
        var client = service.Client(wire);

        Assert.Equal("", await client.RegisterAsync("b", memory.Key, 8, 56));
        Assert.Equal("", await client.RegisterAsync("a", memory.Key[1..], 3, 1));

        Assert.Equal($"a {memory.Key[1..]} 3 1\nb {memory.Key} 8 56", await client.StatusAsync(""));
        Assert.Equal($"b {memory.Key} 8 56", await client.StatusAsync("b"));
        Assert.Equal("", await client.UnregisterAsync("b"));
        Assert.Equal("", await client.UnregisterAsync("b"));
        Assert.Equal($"{client.Status(404, 5)} Unable to find system shared memory region: 'b'", await client.StatusAsync("b"));
        Assert.Equal("", await client.RegisterAsync("b", memory.Key, 0, 64));
        Assert.Equal("", await client.UnregisterAsync(""));
        Assert.Equal("", await client.StatusAsync(""));
    }

    [Theory]
    [InlineData("region/page/register")]
    [InlineData("region/page/unregister")]
    [InlineData("unregister")]
    public async Task Regions_ChangedByAPageOfABrowser_AreRefused(string route)
    {
        using var memory = new SharedMemoryObject(new byte[8]);
        await service.Client("rest").RegisterAsync("r", memory.Key, 0, 8);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v2/systemsharedmemory/{route}")
        {
            Content = new StringContent($$"""{"key":"{{memory.Key}}","byte_size":8}"""),
            Headers = { { "Origin", "http://127.0.0.1" } },
        };

        using var response = await service.Host.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal($"r {memory.Key} 0 8", await service.Client("rest").StatusAsync(""));
    }

    [Theory]
    [InlineData("rest")]
    [InlineData("grpc")]
    public async Task Register_NameThatIsTaken_IsRefused(string wire)
    {
        using var memory = new SharedMemoryObject(new byte[8]);
        var client = service.Client(wire);
        await client.RegisterAsync("dummy_data", memory.Key, 0, 8);

        var error = await client.RegisterAsync("dummy_data", memory.Key, 0, 8);

        Assert.Equal($"{client.Status(400, 6)} shared memory region 'dummy_data' already in manager", error);
        Assert.Equal($"dummy_data {memory.Key} 0 8", await client.StatusAsync(""));
    }

    [Theory]
    [InlineData("rest", "/none-of-this-name")]
    [InlineData("grpc", "none-of-this-name")]
    [InlineData("rest", "")]
    [InlineData("rest", "/")]
    [InlineData("rest", ".")]
    [InlineData("rest", "..")]
    [InlineData("rest", "../../etc/hostname")]
    [InlineData("grpc", "//none")]
    [InlineData("grpc", "folder/name")]
    [InlineData("grpc", "a\0b")]
    public async Task Register_KeyThatCannotBeOpened_IsRefused(string wire, string key)
    {
        var client = service.Client(wire);

        Assert.Equal(
            $"{client.Status(400, 3)} Unable to open shared memory region: '{key}'",
            await client.RegisterAsync("dummy_data", key, 0, 8)
        );
    }

    [Fact]
    public async Task Register_LinkOrFolder_IsRefused()
    {
        using var memory = new SharedMemoryObject(new byte[8]);
        var link = memory.Key + "-link";
        var folder = memory.Key + "-folder";
        File.CreateSymbolicLink("/dev/shm" + link, memory.Path);
        Directory.CreateDirectory("/dev/shm" + folder);
        try
        {
            foreach (var key in new[] { link, folder })
            {
                Assert.Equal(
                    $"400 Unable to open shared memory region: '{key}'",
                    await service.Client("rest").RegisterAsync("dummy_data", key, 0, 8)
                );
            }
        }
        finally
        {
            File.Delete("/dev/shm" + link);
            Directory.Delete("/dev/shm" + folder);
        }
    }

    [Theory]
    [InlineData("rest", 0, 65)]
    [InlineData("rest", 1, 64)]
    [InlineData("rest", 64, 1)]
    [InlineData("grpc", 65, 0)]
    [InlineData("grpc", 0, 0)]
    [InlineData("rest", ulong.MaxValue, 1)]
    [InlineData("grpc", 32, ulong.MaxValue - 31)]
    public async Task Register_BytesThatAreNotThere_IsRefused(string wire, ulong offset, ulong byteSize)
    {
        using var memory = new SharedMemoryObject(new byte[64]);
        var client = service.Client(wire);

        Assert.Equal(
            $"{client.Status(400, 3)} failed to register shared memory region 'dummy_data': invalid args",
            await client.RegisterAsync("dummy_data", memory.Key, offset, byteSize)
        );
    }

    [Fact]
    public async Task Register_ReservedKey_IsRefused()
    {
        const string Prefix = "triton_python_backend_shm_region_";

        Assert.Equal(
            $"400 cannot register shared memory region 'r' with key '/{Prefix}1' as the key contains the reserved prefix '{Prefix}'",
            await service.Client("rest").RegisterAsync("r", $"/{Prefix}1", 0, 8)
        );
    }

    [Fact]
    public async Task Register_MoreThanThereMayBe_IsRefusedUntilOneIsUnregistered()
    {
        using var memory = new SharedMemoryObject(new byte[8]);
        var client = service.Client("grpc");
        for (var i = 0; i < SharedMemoryService.MaxRegions; i++)
        {
            Assert.Equal("", await client.RegisterAsync($"r{i}", memory.Key, 0, 8));
        }

        Assert.Equal(
            $"14 {SharedMemoryService.MaxRegions} shared memory regions are registered, as many as may be (Inference:SharedMemory:MaxRegions): unregister one first",
            await client.RegisterAsync("more", memory.Key, 0, 8)
        );
        await client.UnregisterAsync("r0");
        Assert.Equal("", await client.RegisterAsync("more", memory.Key, 0, 8));
    }

    [Theory]
    [InlineData("""{"byte_size":8}""", "Shared memory register request has no 'key' field")]
    [InlineData("""{"key":"k"}""", "Shared memory register request has no 'byte_size' field")]
    [InlineData("""{"key":1,"byte_size":8}""", "Unable to parse 'key': a string is expected")]
    [InlineData("""{"key":"k","byte_size":-8}""", "Unable to parse 'byte_size': a whole number is expected, not negative")]
    [InlineData("""{"key":"k","byte_size":8,"offset":"0"}""", "Unable to parse 'offset': a whole number is expected, not negative")]
    [InlineData("", "Shared memory register request has no 'key' field")]
    public async Task Register_UnfitBody_IsRefused(string body, string expected)
    {
        var (status, answer, _) = await service.Host.PostAsync("v2/systemsharedmemory/region/r/register", body);

        Assert.Equal((400, $$"""{"error":"{{expected}}"}"""), (status, answer));
    }

    [Fact]
    public async Task Metadata_OfferedOrNot_TellsSo()
    {
        Assert.Contains("\"system_shared_memory\"", (await service.Host.GetAsync("v2")).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("shared_memory", (await without.Host.GetAsync("v2")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CudaRegions_WhereTheSystemsAreOffered_AreNot()
    {
        var (status, body, _) = await service.Host.PostAsync("v2/cudasharedmemory/region/r/register", "{}");

        Assert.Equal((501, """{"error":"shared memory is not offered by this server"}"""), (status, body));
        Assert.Equal((200, "[]"), await service.Host.GetAsync("v2/cudasharedmemory/status"));
        Assert.Equal(404, (await service.Host.GetAsync("v2/cudasharedmemory/region/r/status")).Status);
    }

    [Fact]
    public async Task Calls_WithoutBeingAskedFor_AreNotOffered()
    {
        using var memory = new SharedMemoryObject(new byte[8]);
        var client = new RestSharedMemoryClient(without.Host.Client);

        Assert.Equal("501 shared memory is not offered by this server", await client.RegisterAsync("r", memory.Key, 0, 8));
        Assert.Equal("", await client.UnregisterAsync("r"));
        Assert.Equal("", await client.StatusAsync(""));
        var answer = await client.InferAsync("linear", null, [new("x", "FP32", [1, 2], null, new Place("r", 8))], []);
        Assert.Equal(
            "400 Unable to parse 'inputs': parameter 'shared_memory_region' asks for shared memory, which this server does not offer (see GET /v2)",
            answer.Error
        );
    }

    [Fact]
    public void Unregister_WhileARequestUsesIt_ClosesItAfterTheRequest()
    {
        using var memory = new SharedMemoryObject(1, 2, 3, 4);
        using var regions = Regions(1024);
        regions.Register("r", memory.Key, 0, 4);
        var use = regions.Begin()!;
        var slice = use.Take("r", 1, 3);
        var region = Assert.Single(regions.Status("r"));

        regions.Unregister("r");

        Assert.Throws<RequestRefusedException>(() => use.Take("r", 0, 1));
        var read = new byte[3];
        slice.Read(read);
        slice.Write("y", [9]);
        Assert.Equal([2, 3, 4], read);
        Assert.Equal([1, 9, 3, 4], memory.Content);
        Assert.False(region.IsClosed);
        use.Dispose();
        Assert.True(region.IsClosed);
    }

    [Fact]
    public void Hold_MoreThanRequestsMayHold_IsRefusedUntilTheyEnd()
    {
        using var regions = Regions(4 << 20);
        var first = regions.Begin()!;
        first.Hold(2 << 20);
        first.Hold(1 << 20);
        using var second = regions.Begin()!;

        Assert.Equal(503, Assert.Throws<RequestRefusedException>(() => second.Hold(2 << 20)).Status);
        first.Dispose();
        using var third = regions.Begin()!;
        third.Hold(2 << 20);
    }

    private static SharedMemoryRegions Regions(long heldBytes) =>
        new(
            Options.Create(new SharedMemoryOptions { Enabled = true }),
            new RequestMemory(Options.Create(new InferenceOptions { MaxHeldRequestBytes = heldBytes }))
        );
}
