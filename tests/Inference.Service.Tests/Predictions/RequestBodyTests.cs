using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Tests.Hosting;

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

    [Fact]
    public async Task ReadAsync_EncodedBody_IsHeldDecodedUntilItIsDisposed()
    {
        var memory = Memory(limitBytes: 5_000_000);
        var encoded = Gzip.Encode(new byte[3_000_000]);
        Assert.InRange(encoded.Length, 0, 100_000);

        using (await ReadEncodedAsync(encoded, memory))
        {
            var refused = await Assert.ThrowsAsync<RequestRefusedException>(() => ReadEncodedAsync(encoded, memory));
            Assert.Equal(StatusCodes.Status503ServiceUnavailable, refused.Status);
        }

        using var next = await ReadEncodedAsync(encoded, memory);
        Assert.Equal(3_000_000, next.Bytes.Length);
    }

    [Theory]
    [InlineData(6_000_000, MaxBytes, 0, StatusCodes.Status503ServiceUnavailable)]
    [InlineData(3_000_000, MaxBytes, 1, StatusCodes.Status400BadRequest)]
    [InlineData(3_000_000, 2_000_000, 0, StatusCodes.Status413PayloadTooLarge)]
    public async Task ReadAsync_EncodedBodyThatIsRefused_IsNotHeld(int bytes, int maxBytes, byte damage, int status)
    {
        var memory = Memory(limitBytes: 5_000_000);
        var encoded = Gzip.Encode(new byte[bytes]);
        // In the checksum: it is found when everything has been decoded.
        encoded[^5] ^= damage;

        for (var i = 0; i < 3; i++)
        {
            var refused = await Assert.ThrowsAsync<RequestRefusedException>(() => ReadEncodedAsync(encoded, memory, maxBytes));
            Assert.Equal(status, refused.Status);
        }

        long held = 0;
        memory.Grow(ref held, 5_000_000);
        Assert.Equal(5_000_000, held);
    }

    private static RequestMemory Memory(long limitBytes) => new(Options.Create(new InferenceOptions { MaxHeldRequestBytes = limitBytes }));

    private static async Task<RequestBody> ReadEncodedAsync(byte[] encoded, RequestMemory memory, int maxBytes = MaxBytes)
    {
        var context = new DefaultHttpContext();
        context.Request.Body = new MemoryStream(encoded);
        context.Request.Headers.ContentEncoding = "gzip";
        return await RequestBody.ReadAsync(context.Request, maxBytes, CancellationToken.None, memory);
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
