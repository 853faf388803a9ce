using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using CsvHelper;
using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Datasets;

/// <summary>What a run's history says of a file that it was trained on.</summary>
/// <param name="Digest">The first 32 hexadecimal digits of the SHA-256 of the file's bytes: MLflow keeps at most 36 characters.</param>
/// <param name="Schema">MLflow's <c>mlflow_colspec</c>, by the first thousand rows; null where they are no table, or have too many columns to be told.</param>
/// <param name="Profile">JSON with <c>num_rows</c> (the header and blank lines aside) and <c>size_bytes</c>.</param>
internal sealed record DatasetFacts(string Digest, string? Schema, string Profile)
{
    private const int SampleRows = 1000;
    private const int DigestLength = 32;

    // MLflow's own limit.
    private const int MaxSchemaLength = 1_048_575;

    /// <summary>Reads the file once, and its first rows a second time. What is wrong with a table is left for the training program to say.</summary>
    public static async Task<DatasetFacts> ReadAsync(string path, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var records = new RecordCount();
        var size = 0L;
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
        try
        {
            await using var file = File.OpenRead(path);
            for (int read; (read = await file.ReadAsync(buffer, ct)) > 0; size += read)
            {
                hash.AppendData(buffer, 0, read);
                records.Add(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        var profile = new JsonObject { ["num_rows"] = Math.Max(0, records.Total - 1), ["size_bytes"] = size };
        return new(Convert.ToHexStringLower(hash.GetHashAndReset())[..DigestLength], ReadSchema(path), profile.ToJsonString());
    }

    private static string? ReadSchema(string path)
    {
        try
        {
            var schema = SampledColumns(path) is { Count: > 0 } columns
                ? new JsonObject { ["mlflow_colspec"] = new JsonArray([.. columns.Select(column => column.ToJson())]) }.ToJsonString()
                : null;
            return schema?.Length > MaxSchemaLength ? null : schema;
        }
        catch (CsvFormatException)
        {
            return null;
        }
    }

    /// <summary>The columns, by the first rows; null where those are no table.</summary>
    private static List<SampledColumn>? SampledColumns(string path)
    {
        var malformed = false;
        var options = new CsvReaderOptions
        {
            Separator = ',',
            MaxRecordSize = new CsvLimits().MaxRecordBytes,
            OnMalformedRecord = _ => malformed = true,
        };
        using var reader = CsvReader.FromFile(path, options);
        var any = reader.Read();
        var columns = reader.Headers.Select(name => new SampledColumn(name)).ToList();
        for (var row = 0; any && row < SampleRows; any = reader.Read(), row++)
        {
            if (reader.FieldCount != columns.Count)
            {
                return null;
            }
            for (var i = 0; i < columns.Count; i++)
            {
                columns[i].Add(reader.GetSpan(i));
            }
        }
        return malformed ? null : columns;
    }

    /// <summary>Counts records, RFC 4180: a quoted line break ends none.</summary>
    private sealed class RecordCount
    {
        private long _ended;
        private bool _isQuoted;
        private bool _isOpen;

        public long Total => _ended + (_isOpen ? 1 : 0);

        public void Add(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                var next = bytes.IndexOfAny((byte)'\n', (byte)'"');
                _isOpen |= (next < 0 ? bytes : bytes[..next]).ContainsAnyExcept((byte)'\r');
                if (next < 0)
                {
                    return;
                }
                if (bytes[next] == (byte)'"')
                {
                    (_isQuoted, _isOpen) = (!_isQuoted, true);
                }
                else if (!_isQuoted)
                {
                    _ended += _isOpen ? 1 : 0;
                    _isOpen = false;
                }
                bytes = bytes[(next + 1)..];
            }
        }
    }

    /// <summary>A column's type, by the values seen: whole numbers, numbers, or text. Missing values tell only that not every row has one.</summary>
    private sealed class SampledColumn(string name)
    {
        private bool _isWhole = true;
        private bool _isNumber = true;
        private bool _isMissing;
        private bool _isSeen;

        public void Add(ReadOnlySpan<byte> value)
        {
            if (MissingValue.Is(value))
            {
                _isMissing = true;
                return;
            }
            _isSeen = true;
            _isWhole = _isWhole && long.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _);
            _isNumber = _isNumber && (_isWhole || double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _));
        }

        public JsonObject ToJson() =>
            new()
            {
                ["type"] =
                    !_isSeen || !_isNumber ? "string"
                    : _isWhole ? "long"
                    : "double",
                ["name"] = name,
                ["required"] = !_isMissing,
            };
    }
}
