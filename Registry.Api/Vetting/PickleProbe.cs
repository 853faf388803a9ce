using System.Buffers.Binary;
using System.Text;

namespace Slipway.Registry.Api.Vetting;

/// <summary>
/// Recognises Python pickles by walking their opcodes (the table of Python's <c>pickletools</c>), without ever executing one. Protocols 2 to 5 announce
/// themselves; the older ones are text, and are recognised when they call something and every opcode up to STOP is sound.
/// </summary>
internal static class PickleProbe
{
    private const byte Proto = 0x80;
    private const byte Stop = (byte)'.';

    // Opcodes by the kind of their argument.
    private static readonly byte[] s_plain =
    [
        .. "(012NQRabdelostu)]}"u8,
        0x81,
        0x85,
        0x86,
        0x87,
        0x88,
        0x89,
        0x8f,
        0x90,
        0x91,
        0x92,
        0x93,
        0x94,
        0x97,
        0x98,
    ];
    private static readonly byte[] s_calls = [.. "cioRb"u8];

    public static bool IsPickle(ReadOnlySpan<byte> head)
    {
        if (head.Length < 2)
        {
            return false;
        }
        return head[0] == Proto
            ? head[1] is >= 2 and <= 5 && Walk(head, out _, out var steps) != Step.Wrong && steps > 1
            : IsTextPickle(head);
    }

    private static bool IsTextPickle(ReadOnlySpan<byte> head) => Walk(head, out var calls, out _) == Step.Stopped && calls;

    private enum Step
    {
        Wrong,

        /// <summary>Sound as far as it was read.</summary>
        Open,
        Stopped,
    }

    private static Step Walk(ReadOnlySpan<byte> data, out bool calls, out int steps)
    {
        calls = false;
        steps = 0;
        var at = 0;
        while (at < data.Length)
        {
            var opcode = data[at++];
            steps++;
            if (opcode == Stop)
            {
                return Step.Stopped;
            }
            calls |= s_calls.Contains(opcode);
            var length = ArgumentLength(opcode, data[at..]);
            if (length < 0)
            {
                return Step.Wrong;
            }
            if (length > data.Length - at)
            {
                return Step.Open;
            }
            at += (int)length;
        }
        return Step.Open;
    }

    /// <summary>The argument's length in bytes, -1 where the opcode or the argument is none.</summary>
    private static long ArgumentLength(byte opcode, ReadOnlySpan<byte> rest) =>
        opcode switch
        {
            _ when s_plain.Contains(opcode) => 0,
            Proto or (byte)'K' or (byte)'h' or (byte)'q' or 0x82 => 1,
            (byte)'M' or 0x83 => 2,
            (byte)'J' or (byte)'j' or (byte)'r' or 0x84 => 4,
            (byte)'G' or 0x95 => 8,
            (byte)'U' or (byte)'C' or 0x8a or 0x8c => Counted(rest, 1),
            (byte)'T' or (byte)'X' or (byte)'B' or 0x8b => Counted(rest, 4),
            0x8d or 0x8e or 0x96 => Counted(rest, 8),
            (byte)'c' or (byte)'i' => TwoNames(rest),
            (byte)'p' or (byte)'g' or (byte)'I' or (byte)'L' or (byte)'F' => Line(rest, "0123456789+-.eELinfatu"),
            (byte)'S' or (byte)'V' or (byte)'P' => Line(rest, null),
            _ => -1,
        };

    private static long Counted(ReadOnlySpan<byte> rest, int size)
    {
        if (rest.Length < size)
        {
            return long.MaxValue;
        }
        var count =
            size == 1 ? rest[0]
            : size == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(rest)
            : BinaryPrimitives.ReadInt64LittleEndian(rest);
        return count is < 0 or > (1L << 40) ? -1 : size + count;
    }

    private static long TwoNames(ReadOnlySpan<byte> rest)
    {
        const string nameCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.<>";
        var first = Line(rest, nameCharacters);
        if (first is < 0 or long.MaxValue)
        {
            return first;
        }
        var second = Line(rest[(int)first..], nameCharacters);
        return second is < 0 or long.MaxValue ? second : first + second;
    }

    private static long Line(ReadOnlySpan<byte> rest, string? allowed)
    {
        var end = rest.IndexOf((byte)'\n');
        var text = end < 0 ? rest : rest[..end];
        if (allowed is not null && (text.Length == 0 && end >= 0 || text.ContainsAnyExcept(Encoding.ASCII.GetBytes(allowed))))
        {
            return -1;
        }
        return end < 0 ? long.MaxValue : end + 1;
    }
}
