using System.Formats.Tar;
using System.IO.Compression;

namespace Slipway.Inference.Service.Tests.OnnxBackend;

/// <summary>The corpus, read from its archives once.</summary>
internal static class CorpusArchive
{
    private static readonly Lazy<IReadOnlyDictionary<string, CorpusCase>> s_cases = new(Read);

    public static IReadOnlyDictionary<string, CorpusCase> Cases => s_cases.Value;

    private static Dictionary<string, CorpusCase> Read()
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "data/onnx-backend"), "*.tar.gz"))
        {
            Read(path, files);
        }
        return files
            .Keys.Where(name => name.EndsWith("/model.onnx", StringComparison.Ordinal))
            .Select(name => name[..^"/model.onnx".Length])
            .ToDictionary(folder => folder, folder => Case(folder, files), StringComparer.Ordinal);
    }

    private static void Read(string path, SortedDictionary<string, byte[]> files)
    {
        using var file = File.OpenRead(path);
        using var archive = new TarReader(new GZipStream(file, CompressionMode.Decompress));
        while (archive.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
            {
                var bytes = new MemoryStream();
                entry.DataStream?.CopyTo(bytes);
                files[entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name] = bytes.ToArray();
            }
        }
    }

    private static CorpusCase Case(string folder, SortedDictionary<string, byte[]> files)
    {
        var sets = new List<(byte[][], byte[][])>();
        for (var set = 0; files.Keys.Any(name => name.StartsWith($"{folder}/test_data_set_{set}/", StringComparison.Ordinal)); set++)
        {
            sets.Add((Numbered("input"), Numbered("output")));

            byte[][] Numbered(string kind) =>
                [
                    .. Enumerable
                        .Range(0, int.MaxValue)
                        .Select(i => files.GetValueOrDefault($"{folder}/test_data_set_{set}/{kind}_{i}.pb"))
                        .TakeWhile(bytes => bytes is not null)
                        .Select(bytes => bytes!),
                ];
        }
        return new CorpusCase(folder, files[$"{folder}/model.onnx"], sets);
    }
}
