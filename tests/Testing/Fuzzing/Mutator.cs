using System.Text;

namespace Slipway.Testing.Fuzzing;

/// <summary>Damages inputs as faults and attackers do: bits, cuts, repeats, foreign parts, tokens of the format, huge numbers, deep nesting.</summary>
public sealed class Mutator(IReadOnlyList<byte[]> inputs, params string[] tokens)
{
    private static readonly string[] s_numbers =
    [
        "0",
        "-0",
        "-1",
        "1e999999999",
        "-1e-999999999",
        "1E400",
        "0.1e+1",
        "00",
        "1.",
        ".5",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "4294967296",
        "NaN",
        "-Infinity",
        "123456789012345678901234567890123456789012345678901234567890",
    ];

    private readonly byte[][] _tokens = [.. tokens.Concat(s_numbers).Select(Encoding.UTF8.GetBytes)];

    /// <summary>One of the inputs, with some damage.</summary>
    public byte[] Next(Random random)
    {
        List<byte> bytes = [.. inputs[random.Next(inputs.Count)]];
        for (var hits = random.Next(1, 5); hits > 0; hits--)
        {
            Damage(bytes, random);
        }
        return [.. bytes];
    }

    private void Damage(List<byte> bytes, Random random)
    {
        var (start, count) = Range(bytes.Count, random);
        switch (random.Next(12))
        {
            case 0 when bytes.Count > 0:
                bytes[random.Next(bytes.Count)] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when bytes.Count > 0:
                bytes[random.Next(bytes.Count)] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(start, bytes.Count - start);
                break;
            case 3:
                bytes.RemoveRange(start, count);
                break;
            case 4:
                bytes.InsertRange(start, bytes.GetRange(start, count));
                break;
            case 5:
                var other = inputs[random.Next(inputs.Count)];
                var (from, length) = Range(other.Length, random);
                bytes.InsertRange(start, other[from..(from + length)]);
                break;
            case 6:
                // One byte many times over: brackets, digits, quotation marks, lengths that never end.
                bytes.InsertRange(
                    start,
                    Enumerable.Repeat(bytes.Count > 0 ? bytes[random.Next(bytes.Count)] : (byte)'[', random.Next(1, 3000))
                );
                break;
            case 7:
                var noise = new byte[random.Next(1, 16)];
                random.NextBytes(noise);
                bytes.InsertRange(start, noise);
                break;
            case 8:
                ReplaceNumber(bytes, random);
                break;
            default:
                bytes.InsertRange(start, _tokens[random.Next(_tokens.Length)]);
                break;
        }
    }

    private static void ReplaceNumber(List<byte> bytes, Random random)
    {
        var at = bytes.FindIndex(random.Next(bytes.Count + 1), each => each is >= (byte)'0' and <= (byte)'9');
        if (at < 0)
        {
            return;
        }
        var end = bytes.FindIndex(at, each => each is not (>= (byte)'0' and <= (byte)'9'));
        bytes.RemoveRange(at, (end < 0 ? bytes.Count : end) - at);
        bytes.InsertRange(at, Encoding.UTF8.GetBytes(s_numbers[random.Next(s_numbers.Length)]));
    }

    private static (int Start, int Count) Range(int length, Random random)
    {
        var start = random.Next(length + 1);
        return (start, random.Next(Math.Min(length - start, random.Next(2) == 0 ? 8 : int.MaxValue) + 1));
    }
}
