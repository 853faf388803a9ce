using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Slipway.Registry.Api.Vetting;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Vetting;

public sealed class UnsafeFileProbeTests : IDisposable
{
    // pickle.dumps(os.system, 4) of CPython 3.11.
    private static readonly byte[] s_pickle = Convert.FromBase64String("gASVFAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOULg==");
    private static readonly byte[] s_harmless = Encoding.ASCII.GetBytes(new string('w', 100_000));
    private readonly TempFolder _folder = new();

    public static TheoryData<string, string, byte[], string> Unsafe { get; } =
        new()
        {
            { "pickle", "weights.bin", s_pickle, "a Python pickle" },
            { "pickle in zip under an innocent name", "m.zip", Zip(("data/0", s_pickle)), "'data/0', a Python pickle" },
            { "name in zip", "m.npz", Zip(("a.npy", Npy("<f4")), ("b.joblib", s_harmless)), "'b.joblib'" },
            { "object array in npz", "m.npz", Zip(("a.npy", Npy("<f4")), ("b.npy", Npy("|O"))), "'b.npy', a NumPy array" },
            { "field of objects", "a.npy", Npy("[('x', '<f4'), ('y', 'O')]", quoted: false), "a NumPy array" },
            { "zip in zip", "m.zip", Zip(("inner.zip", Zip(("a", s_harmless), ("b", s_pickle)))), "'inner.zip', an archive with 'b'" },
            { "zip in gzip", "m.gz", GZip(Zip(("b", s_pickle))), "a compressed file with an archive with 'b'" },
            { "tar", "m.tar", Tar(("a", s_harmless), ("python_model", s_pickle)), "'python_model', a Python pickle" },
            { "tar.gz", "m.tar.gz", GZip(Tar(("a", s_harmless), ("model.pt", s_harmless))), "'.pt' file" },
            { "joblib, zlib", "m", ZLib(s_pickle), "a compressed file with a Python pickle" },
            { "bzip2", "m.joblib.bz2", "BZh91AY&SY"u8.ToArray(), "cannot be looked into (bzip2)" },
            { "xz", "m.xz", [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, 1], "cannot be looked into (xz)" },
            { "lz4 in zip", "m.zip", Zip(("x", [0x04, 0x22, 0x4d, 0x18, 1, 2])), "cannot be looked into (lz4)" },
            { "broken zip", "m.zip", Zip(("a", s_harmless))[..^30], "cannot be" },
            { "too deep", "m.zip", Nested(7), "within too many others" },
            { "checkpoint by name", "epoch.PTH", s_harmless, "'.pth' file" },
        };

    [Theory]
    [MemberData(nameof(Unsafe))]
    public async Task Find_WhatRunsCodeOrCannotBeJudged_SaysWhat(string what, string name, byte[] content, string words)
    {
        var found = await FindAsync(name, content);

        Assert.True(found is not null, what);
        Assert.Contains(words, found, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> Harmless { get; } =
        new()
        {
            { "model.onnx", Support.OnnxFile.Identity() },
            { "weights", s_harmless },
            { "array.npy", Npy("<f4") },
            { "arrays.npz", Zip(("a.npy", Npy("<f4")), ("b.npy", Npy("<i8"))) },
            { "model.safetensors", SafeTensors() },
            { "data.csv.gz", GZip("a,b\n1,2\n"u8.ToArray()) },
            { "notes.txt", "x^2 + y is how this starts"u8.ToArray() },
            { "files.tar.gz", GZip(Tar(("a.csv", "1,2"u8.ToArray()), ("inner.zip", Zip(("b.txt", s_harmless))))) },
            { "empty.zip", Zip() },
            { "empty", [] },
        };

    [Theory]
    [MemberData(nameof(Harmless))]
    public async Task Find_Data_IsNothing(string name, byte[] content) => Assert.Null(await FindAsync(name, content));

    [Fact]
    public async Task Find_ArchiveThatUnpacksWithoutEnd_IsGivenUp()
    {
        // An archive of 64 MiB of zeros that calls itself a tar: a few kilobytes within the outer one.
        var zeros = new byte[64 << 20];
        "ustar"u8.CopyTo(zeros.AsSpan(257));

        Assert.Contains("more than 32 MiB", await FindAsync("bomb.zip", Zip(("inner.tar", zeros))), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private Task<string?> FindAsync(string name, byte[] content)
    {
        var path = _folder.Combine("file");
        File.WriteAllBytes(path, content);
        return UnsafeFileProbe.FindAsync(name, path, CancellationToken.None);
    }

    private static byte[] Nested(int levels) => levels == 0 ? s_pickle : Zip(("inner.zip", Nested(levels - 1)));

    private static byte[] Npy(string descr, bool quoted = true)
    {
        var header = $"{{'descr': {(quoted ? $"'{descr}'" : descr)}, 'fortran_order': False, 'shape': (1,), }}\n";
        return [0x93, .. "NUMPY\u0001\0"u8, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), 1, 2, 3, 4];
    }

    private static byte[] SafeTensors()
    {
        var header = """{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"""u8.ToArray();
        return [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[8]];
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        var output = new MemoryStream();
        using (var archive = new ZipArchive(output, ZipArchiveMode.Create))
        {
            foreach (var (name, content) in entries)
            {
                using var stream = archive.CreateEntry(name).Open();
                stream.Write(content);
            }
        }
        return output.ToArray();
    }

    private static byte[] Tar(params (string Name, byte[] Content)[] entries)
    {
        var output = new MemoryStream();
        using (var archive = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
            }
        }
        return output.ToArray();
    }

    private static byte[] GZip(byte[] content) => Compress(content, s => new GZipStream(s, CompressionLevel.Fastest, leaveOpen: true));

    private static byte[] ZLib(byte[] content) => Compress(content, s => new ZLibStream(s, CompressionLevel.Fastest, leaveOpen: true));

    private static byte[] Compress(byte[] content, Func<Stream, Stream> wrap)
    {
        var output = new MemoryStream();
        using (var stream = wrap(output))
        {
            stream.Write(content);
        }
        return output.ToArray();
    }
}
