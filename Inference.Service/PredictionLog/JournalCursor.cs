using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>
/// Remembers on disk up to where the journal is published. It is overwritten in place: one small write is whole or absent after a kill, and a damaged one
/// only makes records be published again, which the consumer does not mind.
/// </summary>
internal sealed class JournalCursor(string path) : IDisposable
{
    private const int LengthBytes = 20;
    private readonly SafeFileHandle _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);

    /// <summary>The saved position, or the beginning of everything.</summary>
    public JournalPosition Load()
    {
        Span<byte> bytes = stackalloc byte[LengthBytes];
        if (
            RandomAccess.Read(_file, bytes, 0) != LengthBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]) != Crc32C.Compute(bytes[..16])
        )
        {
            return default;
        }
        return new JournalPosition(BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]));
    }

    public void Save(JournalPosition position)
    {
        Span<byte> bytes = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, position.Segment);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], position.Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], Crc32C.Compute(bytes[..16]));
        RandomAccess.Write(_file, bytes, 0);
    }

    public void Dispose() => _file.Dispose();
}
