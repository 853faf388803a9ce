namespace Slipway.Registry.Api.Vetting;

/// <summary>Tells by their first bytes what files are packed in.</summary>
internal static class ArchiveKind
{
    public const string Zip = "zip";
    public const string Tar = "tar";
    public const string GZip = "gzip";
    public const string ZLib = "zlib";
    private const int TarMagicAt = 257;

    /// <summary>Null where it is no archive. Kinds without a constant are known and cannot be read.</summary>
    public static string? Of(ReadOnlySpan<byte> head) =>
        head switch
        {
            [(byte)'P', (byte)'K', 3, 4, ..] or [(byte)'P', (byte)'K', 5, 6, ..] => Zip,
            [0x1f, 0x8b, 8, ..] => GZip,
            [0x78, 0x01 or 0x5e or 0x9c or 0xda, ..] => ZLib,
            [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', ..] => "bzip2",
            [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] => "xz",
            [0x5d, 0, 0, _, _, 0xff, 0xff, ..] => "lzma",
            [0x04, 0x22, 0x4d, 0x18, ..] => "lz4",
            [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd",
            [(byte)'7', (byte)'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => "7z",
            [(byte)'R', (byte)'a', (byte)'r', (byte)'!', 0x1a, 0x07, ..] => "rar",
            _ => head.Length > TarMagicAt + 5 && head[TarMagicAt..].StartsWith("ustar"u8) ? Tar : null,
        };
}
