using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Slipway.Inference.Service.Json;

namespace Slipway.Inference.Service.Predictions;

/// <summary>The content codings of requests and answers: gzip and deflate (RFC 9110, section 8.4.1).</summary>
internal static class ContentCoding
{
    public const string Gzip = "gzip";
    public const string Deflate = "deflate";

    private const int PieceBytes = 16 * 1024;

    /// <summary>
    /// Decodes a body in one go; <paramref name="tooLarge"/> makes the refusal of more than <paramref name="maxBytes"/>. What is decoded is counted as it grows, and refused
    /// with 503 where <paramref name="memory"/> has no room for it; the caller releases <paramref name="held"/> with the buffer.
    /// </summary>
    public static PooledBuffer Decode(
        ReadOnlySequence<byte> encoded,
        string coding,
        int maxBytes,
        Func<RequestRefusedException> tooLarge,
        RequestMemory? memory,
        out long held
    )
    {
        held = 0;
        var decoded = new PooledBuffer();
        if (encoded.IsEmpty)
        {
            // The framework's reader of a sequence fails on one of no bytes.
            return decoded;
        }
        try
        {
            using var source = PipeReader.Create(encoded).AsStream();
            using var decoder = Decoder(source, encoded, coding);
            while (decoder.Read(decoded.GetSpan(PieceBytes)) is var count and > 0)
            {
                decoded.Advance(count);
                if (decoded.Length > maxBytes)
                {
                    throw tooLarge();
                }
                memory?.Grow(ref held, decoded.Length);
            }
            return decoded;
        }
        catch (Exception e)
        {
            decoded.Dispose();
            memory?.Release(ref held);
            if (e is InvalidDataException)
            {
                throw RequestRefusedException.BadRequest($"the body is not valid {coding} data");
            }
            throw;
        }
    }

    /// <summary>The coding of an answer that the caller prefers; null to send it as it is.</summary>
    public static string? Choose(StringValues acceptEncoding)
    {
        if (acceptEncoding.Count == 0 || !StringWithQualityHeaderValue.TryParseList(acceptEncoding, out var accepted))
        {
            return null;
        }
        string? chosen = null;
        double best = 0;
        foreach (var candidate in accepted)
        {
            var coding =
                candidate.Value.Equals(Gzip, StringComparison.OrdinalIgnoreCase) ? Gzip
                : candidate.Value.Equals(Deflate, StringComparison.OrdinalIgnoreCase) ? Deflate
                : null;
            if (coding is not null && (candidate.Quality ?? 1) > best)
            {
                chosen = coding;
                best = candidate.Quality ?? 1;
            }
        }
        return chosen;
    }

    /// <summary>The answer, encoded.</summary>
    public static PooledBuffer Encode(PooledBuffer answer, string coding)
    {
        var encoded = new PooledBuffer();
        using var target = new BufferStream(encoded);
        using Stream encoder =
            coding == Gzip ? new GZipStream(target, CompressionLevel.Fastest) : new ZLibStream(target, CompressionLevel.Fastest);
        answer.CopyTo(encoder);
        return encoded;
    }

    private static Stream Decoder(Stream source, ReadOnlySequence<byte> encoded, string coding)
    {
        if (coding.Equals(Gzip, StringComparison.OrdinalIgnoreCase))
        {
            return new GZipStream(source, CompressionMode.Decompress);
        }
        if (coding.Equals(Deflate, StringComparison.OrdinalIgnoreCase))
        {
            // The standard means zlib's format; some clients send the bare one.
            return IsZlib(encoded)
                ? new ZLibStream(source, CompressionMode.Decompress)
                : new DeflateStream(source, CompressionMode.Decompress);
        }
        throw new RequestRefusedException(
            StatusCodes.Status415UnsupportedMediaType,
            $"Content-Encoding '{coding}' is not supported: send gzip, deflate, or the body as it is"
        );
    }

    private static bool IsZlib(ReadOnlySequence<byte> encoded)
    {
        Span<byte> header = stackalloc byte[2];
        if (encoded.Length < 2)
        {
            return false;
        }
        encoded.Slice(0, 2).CopyTo(header);
        return (header[0] & 0x0F) == 8 && ((header[0] << 8) | header[1]) % 31 == 0;
    }
}
