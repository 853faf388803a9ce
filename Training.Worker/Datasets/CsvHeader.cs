using System.Text;
using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Datasets;

/// <summary>
/// Turns the monitoring service's file (feature columns, then <c>outcome</c>) into one that trains: the last column gets the target's name. Column
/// order and superfluous columns are left as they are, since several files are matched by name when they are read.
/// </summary>
internal static class CsvHeader
{
    public const string Outcome = "outcome";
    private const int MaxHeaderBytes = 1 << 20;

    /// <summary>Copies <paramref name="source"/> with its last column renamed; returns what is wrong with its header, or null.</summary>
    public static async Task<BadInput?> RenameOutcomeAsync(Stream source, Stream destination, string target, CancellationToken ct)
    {
        var (record, rest) = await ReadHeaderAsync(source, ct);
        if (record is null)
        {
            return new BadInput("dataset_header", $"The predictions' header line is missing or longer than {MaxHeaderBytes} bytes.");
        }
        var columns = Parse(record);
        if (columns is not [.., Outcome])
        {
            return new BadInput("dataset_header", $"The predictions' last column is '{columns.LastOrDefault()}'; it must be '{Outcome}'.");
        }
        if (columns.AsSpan(0, columns.Length - 1).Contains(target))
        {
            return new BadInput("dataset_header", $"The predictions have a feature '{target}', which is the name of the target.");
        }
        columns[^1] = target;
        await destination.WriteAsync(Encoding.UTF8.GetBytes(string.Join(',', columns.Select(Quote)) + "\n"), ct);
        await destination.WriteAsync(rest, ct);
        await source.CopyToAsync(destination, ct);
        return null;
    }

    /// <summary>The bytes of the first record, and those behind it that were read with it.</summary>
    private static async Task<(byte[]? Record, ReadOnlyMemory<byte> Behind)> ReadHeaderAsync(Stream source, CancellationToken ct)
    {
        var buffer = new byte[4096];
        var (filled, scanned, quoted) = (0, 0, false);
        while (true)
        {
            for (; scanned < filled; scanned++)
            {
                quoted ^= buffer[scanned] == '"';
                if (buffer[scanned] == '\n' && !quoted)
                {
                    return (buffer[..scanned], buffer.AsMemory(scanned + 1, filled - scanned - 1));
                }
            }
            if (filled == MaxHeaderBytes)
            {
                return (null, default);
            }
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
            var read = await source.ReadAsync(buffer.AsMemory(filled), ct);
            if (read == 0)
            {
                return (filled == 0 ? null : buffer[..filled], default);
            }
            filled += read;
        }
    }

    /// <summary>The fields of one record, RFC 4180: its end is known, so that no reader of whole files is needed.</summary>
    private static string[] Parse(byte[] record)
    {
        var text = Encoding.UTF8.GetString(record).TrimStart('\uFEFF').TrimEnd('\r');
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"')
            {
                field.Append(text[i++]);
            }
            else if (text[i] == '"')
            {
                quoted = !quoted;
            }
            else if (text[i] == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(text[i]);
            }
        }
        return [.. fields, field.ToString()];
    }

    private static string Quote(string name) =>
        name.AsSpan().IndexOfAny(",\"\r\n") < 0 ? name : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
