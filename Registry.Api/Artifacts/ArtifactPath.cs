using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>
/// A path in the artifact store: relative, of one or more plain segments. It is a key of a table and never a path of this server's disk, yet everything that
/// could mean something else to any file system or URL parser (also after further percent-decoding) is refused here, once.
/// </summary>
internal readonly partial record struct ArtifactPath
{
    public const int MaxBytes = 1500;
    public const int MaxSegmentBytes = 255;
    private const int MaxDecodings = 8;

    private ArtifactPath(string value) => Value = value;

    public string Value { get; }

    /// <summary>The last segment.</summary>
    public string FileName => Value[(Value.LastIndexOf('/') + 1)..];

    /// <summary>The folders above: of <c>a/b/c</c> these are <c>a</c> and <c>a/b</c>.</summary>
    public IEnumerable<string> Ancestors()
    {
        for (var i = Value.IndexOf('/', StringComparison.Ordinal); i >= 0; i = Value.IndexOf('/', i + 1))
        {
            yield return Value[..i];
        }
    }

    public static bool TryParse(string? text, out ArtifactPath path, [NotNullWhen(false)] out string? error)
    {
        path = default;
        error = Check(text);
        if (error is null)
        {
            path = new ArtifactPath(text!);
        }
        return error is null;
    }

    public override string ToString() => Value;

    private static string? Check(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "it is empty";
        }
        if (text.Length > MaxBytes || Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            return $"it is longer than {MaxBytes} bytes";
        }
        var current = text;
        for (var i = 0; i < MaxDecodings; i++)
        {
            if (CheckOnce(current) is { } error)
            {
                return error;
            }
            var decoded = Uri.UnescapeDataString(current);
            if (decoded == current)
            {
                // What decoding leaves encoded is no UTF-8.
                return EncodedByte().IsMatch(current) ? "it holds percent-encoded bytes that are no text" : null;
            }
            current = decoded;
        }
        return "it is percent-encoded too many times";
    }

    private static string? CheckOnce(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar)
            {
                return "it holds a control character or invalid text";
            }
        }
        if (text.AsSpan().IndexOfAny('\\', '#', '?') >= 0)
        {
            return @"it holds one of \ # ?";
        }
        if (SchemeOrDrive().IsMatch(text))
        {
            return "it begins like a URL or with a drive letter";
        }
        foreach (var segment in text.Split('/'))
        {
            // Some servers take what follows a semicolon for a parameter of the segment.
            if (segment.Trim(' ') is "" || segment.Split(';')[0].Trim(' ') is "." or "..")
            {
                return "each of its segments must be a name: neither empty nor '.' nor '..'";
            }
            if (segment.Length == 2 && char.IsAsciiLetter(segment[0]) && segment[1] == ':')
            {
                return "a segment is a drive letter";
            }
            if (Encoding.UTF8.GetByteCount(segment) > MaxSegmentBytes)
            {
                return $"a segment is longer than {MaxSegmentBytes} bytes";
            }
        }
        return null;
    }

    [GeneratedRegex("%[0-9A-Fa-f]{2}")]
    private static partial Regex EncodedByte();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.\-]*:")]
    private static partial Regex SchemeOrDrive();
}
