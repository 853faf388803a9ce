using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// New prediction ids: UUIDs of version 7 (RFC 9562), so that they sort by time. Randomness is fetched from the system for many at once; a call for each would be a
/// tenth of what a small request costs.
/// </summary>
internal static class PredictionIds
{
    private const int RandomBytes = 10;
    private const int IdsAtOnce = 256;

    [ThreadStatic]
    private static byte[]? t_random;

    [ThreadStatic]
    private static int t_next;

    public static string Create(DateTimeOffset now)
    {
        var random = t_random ??= new byte[RandomBytes * IdsAtOnce];
        if (t_next == 0)
        {
            RandomNumberGenerator.Fill(random);
            t_next = random.Length;
        }
        t_next -= RandomBytes;
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, now.ToUnixTimeMilliseconds() << 16);
        random.AsSpan(t_next, RandomBytes).CopyTo(id[6..]);
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true).ToString();
    }
}
