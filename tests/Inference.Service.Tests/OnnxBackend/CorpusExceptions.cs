namespace Slipway.Inference.Service.Tests.OnnxBackend;

/// <summary>The list of what is known not to pass: a folder, the stage at which it ends, and why.</summary>
internal static class CorpusExceptions
{
    private static readonly Lazy<ILookup<string, (string Stage, string Reason)>> s_lines = new(() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "data/onnx-backend/exceptions.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', 3))
            .ToLookup(parts => parts[0], parts => (parts[1], parts[2]), StringComparer.Ordinal)
    );

    public static IEnumerable<string> Folders => s_lines.Value.Select(group => group.Key);

    public static IEnumerable<string> StagesOf(string folder) =>
        s_lines.Value[folder].Select(line => line.Stage).Order(StringComparer.Ordinal);
}
