using CsvHelper;

namespace Slipway.Training.Worker.Data;

/// <summary>
/// Reads CSV files (UTF-8, comma, header required, RFC 4180 quoting) into a <see cref="Table"/>, record by record. Several files are read as
/// one, in order; later files are matched by column name and must have the first file's columns, ignored ones aside. Everything wrong with a
/// file is a <see cref="BadInput"/>, never an exception.
/// </summary>
internal sealed class CsvTableReader(CsvReadRequest request)
{
    private readonly CsvLimits _limits = request.Limits;
    private readonly HashSet<string> _asText = [.. request.Categorical];
    private List<ColumnBuilder>? _builders;
    private List<int> _fields = [];
    private int _fieldCount;
    private int _rows;
    private int _lastFileStart;

    public static Result<Table> Read(CsvReadRequest request, CancellationToken cancellationToken = default) =>
        new CsvTableReader(request).Read(cancellationToken);

    private Result<Table> Read(CancellationToken cancellationToken)
    {
        if (request.Paths.Count == 0)
        {
            return new BadInput("no_dataset", "No dataset was given.");
        }
        while (true)
        {
            _builders = null;
            _rows = 0;
            foreach (var path in request.Paths)
            {
                _lastFileStart = _rows;
                if (ReadFile(path, cancellationToken) is { } error)
                {
                    return error;
                }
            }
            var again = _builders!.Where(builder => builder.MustReadAgainAsText).Select(builder => builder.Name).ToArray();
            if (again.Length == 0)
            {
                break;
            }
            _asText.UnionWith(again);
        }
        if (_rows == 0)
        {
            return new BadInput("empty_file", "The dataset has a header but no rows.");
        }
        return new Table([.. _builders!.Select(builder => builder.Build())], _rows, _lastFileStart);
    }

    private BadInput? ReadFile(string path, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(path);
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                return new BadInput("dataset_not_found", $"The dataset '{name}' does not exist.");
            }
            if (file.Length > _limits.MaxFileBytes)
            {
                return new BadInput(
                    "file_too_large",
                    $"The dataset '{name}' has {file.Length} bytes; at most {_limits.MaxFileBytes} are read."
                );
            }
            return ReadRecords(path, name, cancellationToken);
        }
        catch (CsvFormatException exception)
        {
            var position = new CsvPosition(name, exception.LineNumber);
            return new BadInput(
                "record_too_long",
                $"A record is longer than {_limits.MaxRecordBytes} bytes ({position}): is a quotation mark left open?"
            )
            {
                Position = position,
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new BadInput("dataset_unreadable", $"The dataset '{name}' cannot be read: {exception.Message}");
        }
    }

    private BadInput? ReadRecords(string path, string name, CancellationToken cancellationToken)
    {
        CsvMalformedRecord? malformed = null;
        var options = new CsvReaderOptions
        {
            Separator = ',',
            MaxRecordSize = _limits.MaxRecordBytes,
            TrackLineNumbers = true,
            OnMalformedRecord = record => malformed ??= record,
        };
        using var reader = CsvReader.FromFile(path, options);
        var any = reader.Read();
        if (reader.Headers.Count == 0)
        {
            return new BadInput("empty_file", $"The dataset '{name}' is empty: a header line is needed.");
        }
        if (AcceptHeader([.. reader.Headers], name) is { } headerError)
        {
            return headerError;
        }
        for (; any; any = reader.Read())
        {
            if ((_rows & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
            if (AcceptRecord(reader, name) is { } error)
            {
                return malformed is { } cause ? Malformed(cause, name) : error;
            }
        }
        return malformed is { } found ? Malformed(found, name) : null;
    }

    private static BadInput Malformed(CsvMalformedRecord record, string name)
    {
        var position = new CsvPosition(name, record.LineNumber);
        var what = record.Reason switch
        {
            CsvMalformedReason.UnterminatedQuote => "A quotation mark is opened and never closed",
            CsvMalformedReason.TextAfterClosingQuote => "Text follows a closing quotation mark",
            _ => "A quotation mark stands inside an unquoted field",
        };
        return new BadInput("bad_quoting", $"{what} ({position}).") { Position = position };
    }

    private BadInput? AcceptHeader(string[] header, string name)
    {
        if (header.Length > _limits.MaxColumns)
        {
            return new BadInput(
                "too_many_columns",
                $"The dataset '{name}' has {header.Length} columns; at most {_limits.MaxColumns} are read."
            );
        }
        var fieldOf = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < header.Length; i++)
        {
            if (header[i].Contains('\uFFFD', StringComparison.Ordinal))
            {
                return new BadInput("not_utf8", $"The header of '{name}' is not UTF-8 text: convert the file first.");
            }
            if (string.IsNullOrWhiteSpace(header[i]))
            {
                return new BadInput("unnamed_column", $"Column {i + 1} of '{name}' has no name in the header.");
            }
            if (!fieldOf.TryAdd(header[i], i))
            {
                return new BadInput("duplicate_column", $"The column '{header[i]}' stands twice in the header of '{name}'.");
            }
        }
        _builders ??= [.. header.Where(IsWanted).Select(MakeBuilder)];
        _builders.RemoveAll(builder => builder.Optional && !fieldOf.ContainsKey(builder.Name));
        if (_builders.Find(builder => !fieldOf.ContainsKey(builder.Name)) is { } missing)
        {
            return new BadInput("header_mismatch", $"The dataset '{name}' has no column '{missing.Name}', which the first dataset has.");
        }
        _fields = [.. _builders.Select(builder => fieldOf[builder.Name])];
        _fieldCount = header.Length;
        return null;
    }

    private bool IsWanted(string column) =>
        request.Optional.Contains(column) || (!request.Ignored.Contains(column) && request.Only?.Contains(column) != false);

    private ColumnBuilder MakeBuilder(string column)
    {
        var needed = !request.Ignored.Contains(column) && request.Only?.Contains(column) != false;
        return new ColumnBuilder(column, _asText.Contains(column), !needed, _limits.MaxCategories);
    }

    private BadInput? AcceptRecord(CsvReader reader, string name)
    {
        if (reader.FieldCount != _fieldCount)
        {
            var position = new CsvPosition(name, reader.LineNumber);
            return new BadInput("ragged_row", $"The header has {_fieldCount} fields, but this row has {reader.FieldCount} ({position}).")
            {
                Position = position,
            };
        }
        _rows++;
        if (_rows > _limits.MaxRows || (long)_rows * _builders!.Count > _limits.MaxCells)
        {
            var position = new CsvPosition(name, reader.LineNumber);
            return new BadInput("too_many_rows", $"At most {_limits.MaxRows} rows and {_limits.MaxCells} cells are read ({position}).")
            {
                Position = position,
            };
        }
        for (var i = 0; i < _builders.Count; i++)
        {
            if (_builders[i].Add(reader.GetSpan(_fields[i]), name, reader.LineNumber) is { } error)
            {
                if (!_builders[i].Optional)
                {
                    return error;
                }
                _builders.RemoveAt(i);
                _fields.RemoveAt(i--);
            }
        }
        return null;
    }
}
