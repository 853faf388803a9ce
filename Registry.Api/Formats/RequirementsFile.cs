namespace Slipway.Registry.Api.Formats;

/// <summary>Reads <c>requirements.txt</c> as a list to show. Nothing is ever installed from it.</summary>
internal static class RequirementsFile
{
    public const string FileName = "requirements.txt";
    private const int MaxLines = 200;
    private const int MaxLength = 300;
    private const int MaxBytes = 1 << 20;

    /// <summary>Empty where the file is larger than any such list.</summary>
    public static IReadOnlyList<string> Read(string file) =>
        new FileInfo(file).Length > MaxBytes
            ? []
            :
            [
                .. File.ReadLines(file)
                    .Select(line => line.Split('#')[0].Trim())
                    .Where(line => line.Length > 0)
                    .Select(line => line.Length <= MaxLength ? line : line[..MaxLength])
                    .Take(MaxLines),
            ];
}
