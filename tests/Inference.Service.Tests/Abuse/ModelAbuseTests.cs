using System.Text;

namespace Slipway.Inference.Service.Tests.Abuse;

/// <summary>Models that fail, never end, or want more memory than there is: their callers are told so, and everyone else is served.</summary>
public sealed class ModelAbuseTests(AbusedService service) : IClassFixture<AbusedService>
{
    [Fact]
    public async Task GraphThatFails_AnswersClearly()
    {
        var (status, answer) = await service.Process.PostAsync("v1/models/lookup:predict", """{"instances":[99]}""");

        Assert.Equal(400, status);
        Assert.StartsWith("{\"error\":\"model 'lookup': the model failed on this input: ", answer, StringComparison.Ordinal);
        Assert.Equal(
            (200, """{"predictions":[20.0]}"""),
            await service.Process.PostAsync("v1/models/lookup:predict", """{"instances":[1]}""")
        );
        await service.IsServingAsync();
    }

    [Theory]
    [InlineData(1_000_000_000)]
    [InlineData(1_000_000_000_000)]
    [InlineData(long.MaxValue)]
    [InlineData(-5)]
    public async Task HugeOutput_OfASmallRequest_AnswersClearly(long size)
    {
        var before = service.Process.MemoryBytes;

        var (status, answer) = await service.Process.PostAsync(
            "v2/models/huge/infer",
            $$"""{"inputs":[{"name":"size","shape":[1],"datatype":"INT64","data":[{{size}}]}]}"""
        );

        Assert.True(status is 400 or 500, $"{status} {answer}");
        Assert.StartsWith("{\"error\":\"model 'huge': the model failed on this input: ", answer, StringComparison.Ordinal);
        Assert.InRange(service.Process.MemoryBytes - before, long.MinValue, 600L << 20);
        await service.IsServingAsync();
    }

    [Fact]
    public async Task LargeOutputs_WithinTheLimit_GiveTheirMemoryBack()
    {
        const string Request =
            """{"parameters":{"binary_data_output":true},"inputs":[{"name":"size","shape":[1],"datatype":"INT64","data":[20000000]}]}""";
        var peaks = new long[10];
        for (var i = 0; i < peaks.Length; i++)
        {
            using var content = new StringContent(Request, Encoding.UTF8, "application/json");
            using var response = await service.Process.Client.PostAsync(new Uri("v2/models/huge/infer", UriKind.Relative), content);
            Assert.True(response.IsSuccessStatusCode);
            Assert.InRange((await response.Content.ReadAsByteArrayAsync()).Length, 80_000_000, 80_001_000);
            peaks[i] = service.Process.MemoryBytes;
        }

        // What five have needed serves the next five: one kept of each would be 400 MB.
        Assert.InRange(peaks[^1] - peaks[4], long.MinValue, 200L << 20);
        await service.IsServingAsync();
    }

    [Fact]
    public async Task CancelledRuns_StopAndFreeTheModel()
    {
        for (var round = 0; round < 3; round++)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
            await Task.WhenAll(
                Enumerable
                    .Range(0, 20)
                    .Select(async _ =>
                    {
                        using var content = new StringContent("""{"instances":[[1,1]]}""", Encoding.UTF8, "application/json");
                        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                            service.Process.Client.PostAsync(
                                new Uri("v1/models/endless:predict", UriKind.Relative),
                                content,
                                patience.Token
                            )
                        );
                    })
            );
            await service.IsServingAsync();
        }
    }
}
