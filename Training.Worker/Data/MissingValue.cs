namespace Slipway.Training.Worker.Data;

/// <summary>The spellings that mean "no value" in a CSV file.</summary>
internal static class MissingValue
{
    public static bool Is(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is 2 or 3 or 4 && (utf8[0] | 0x20) == 'n')
        {
            return utf8.SequenceEqual("NA"u8)
                || utf8.SequenceEqual("NaN"u8)
                || utf8.SequenceEqual("nan"u8)
                || utf8.SequenceEqual("null"u8)
                || utf8.SequenceEqual("NULL"u8)
                || utf8.SequenceEqual("Null"u8);
        }
        return utf8.IsEmpty || !utf8.ContainsAnyExcept((byte)' ', (byte)'\t');
    }
}
