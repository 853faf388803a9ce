using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Registry.Api.Audit;

/// <summary>
/// The chain's hash: SHA-256 over the previous hash and the fields of an entry, each as its length in UTF-8 bytes (8 bytes, big-endian; -1 for an absent one)
/// followed by those bytes. With the lengths no two different entries have the same bytes. The order of the fields is part of the format: see the decisions.
/// </summary>
internal static class AuditHash
{
    /// <summary>What the first entry follows: 32 zero bytes.</summary>
    public static byte[] Genesis { get; } = new byte[SHA256.HashSizeInBytes];

    public static byte[] Of(byte[] previous, long sequence, StoredEntry entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(previous);
        Append(hash, Number(sequence));
        Append(hash, Number(entry.Id));
        Append(hash, Number((entry.At.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond));
        Append(hash, entry.Actor);
        Append(hash, entry.Action);
        Append(hash, entry.Object);
        Append(hash, entry.Before);
        Append(hash, entry.After);
        Append(hash, entry.TraceId);
        Append(hash, entry.RequestId);
        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, string? field)
    {
        Span<byte> length = stackalloc byte[sizeof(long)];
        var bytes = field is null ? [] : Encoding.UTF8.GetBytes(field);
        BinaryPrimitives.WriteInt64BigEndian(length, field is null ? -1 : bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
