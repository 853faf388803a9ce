using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Tests.Predictions;

public sealed class RequestBodyTests
{
    private const int MaxBytes = 64 << 20;
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));

    [Fact]
    public async Task ReadAsync_MuchAnnouncedAndLittleSent_ClaimsLittleMemory()
    {
        var request = Request(announced: MaxBytes);
        await _pipe.Writer.WriteAsync("{"u8.ToArray());

        var before = GC.GetAllocatedBytesForCurrentThread();
        var reading = RequestBody.ReadAsync(request, MaxBytes, CancellationToken.None);
        var claimed = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.False(reading.IsCompleted);
        Assert.InRange(claimed, 0, 4 << 20);
        await _pipe.Writer.CompleteAsync();
        using var body = await reading;
        Assert.Equal("{", Encoding.UTF8.GetString(body.Span));
    }

    [Theory]
    [InlineData(1)]
    [InlineData((1 << 20) - 1)]
    [InlineData((1 << 20) + 1)]
    [InlineData(5_000_000)]
    public async Task ReadAsync_InPieces_IsWhole(int length)
    {
        var expected = new byte[length];
        new Random(7).NextBytes(expected);
        var reading = RequestBody.ReadAsync(Request(announced: length), MaxBytes, CancellationToken.None);
        foreach (var piece in expected.Chunk(300_000))
        {
            await _pipe.Writer.WriteAsync(piece);
        }
        await _pipe.Writer.CompleteAsync();

        using var body = await reading;

        Assert.True(body.Span.SequenceEqual(expected));
    }

    private HttpRequest Request(long announced)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IRequestBodyPipeFeature>(new PipeFeature(_pipe.Reader));
        context.Request.ContentLength = announced;
        return context.Request;
    }

    private sealed class PipeFeature(PipeReader reader) : IRequestBodyPipeFeature
    {
        public PipeReader Reader => reader;
    }
}
