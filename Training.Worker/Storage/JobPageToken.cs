using System.Buffers.Binary;
using System.Buffers.Text;

namespace Slipway.Training.Worker.Storage;

/// <summary>The place in a list of jobs, newest first, after which the next page begins; opaque to clients.</summary>
internal readonly record struct JobPageToken(DateTimeOffset CreatedAt, Guid Id)
{
    private const int Size = 24;

    public static bool TryParse(string text, out JobPageToken token)
    {
        token = default;
        Span<byte> bytes = stackalloc byte[Size + 3];
        if (
            text.Length > 40
            || !Base64Url.IsValid(text, out var length)
            || length != Size
            || !Base64Url.TryDecodeFromChars(text, bytes, out _)
        )
        {
            return false;
        }
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (ticks < DateTimeOffset.MinValue.Ticks || ticks > DateTimeOffset.MaxValue.Ticks)
        {
            return false;
        }
        token = new JobPageToken(new DateTimeOffset(ticks, TimeSpan.Zero), new Guid(bytes[8..Size], bigEndian: true));
        return true;
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(bytes, CreatedAt.UtcTicks);
        Id.TryWriteBytes(bytes[8..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }
}
