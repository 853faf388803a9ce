using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Slipway.Training.Worker.Data;

/// <summary>
/// Collects one column while a file streams by. A column counts as numeric until a value is not a number; when that happens after
/// numbers were already kept, their spelling is gone and <see cref="MustReadAgainAsText"/> asks for a second pass.
/// </summary>
internal sealed class ColumnBuilder
{
    private readonly Dictionary<string, int> _codeOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _codeOfSpan;
    private readonly List<string> _categories = [];
    private readonly List<float> _numbers = [];
    private readonly List<int> _codes = [];
    private readonly int _maxCategories;
    private char[] _characters = new char[64];
    private bool _isText;
    private bool _hasNumbers;
    private CsvPosition? _firstMissing;
    private CsvPosition? _firstText;

    public ColumnBuilder(string name, bool text, bool optional, int maxCategories)
    {
        Name = name;
        Optional = optional;
        _isText = text;
        _maxCategories = maxCategories;
        _codeOfSpan = _codeOf.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public string Name { get; }

    /// <summary>True where the column is dropped, rather than the file refused, when something is wrong with it.</summary>
    public bool Optional { get; }

    public bool MustReadAgainAsText { get; private set; }

    /// <summary>Adds a value; returns what is wrong with it, or null.</summary>
    public BadInput? Add(ReadOnlySpan<byte> utf8, string file, long line)
    {
        if (MissingValue.Is(utf8))
        {
            _firstMissing ??= new CsvPosition(file, line);
            AddMissing();
            return null;
        }
        if (_isText && _firstText is not null)
        {
            return AddText(utf8, file, line);
        }
        var isNumber = float.TryParse(utf8, NumberStyles.Float, CultureInfo.InvariantCulture, out var number);
        if (!isNumber)
        {
            _firstText = new CsvPosition(file, line);
            if (!_isText)
            {
                BecomeText();
            }
        }
        if (_isText)
        {
            return AddText(utf8, file, line);
        }
        if (!float.IsFinite(number))
        {
            var value = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 40)]);
            return Wrong(
                "value_out_of_range",
                $"Column '{Name}' holds '{value}', which is outside the range of a 32-bit float",
                file,
                line
            );
        }
        _hasNumbers = true;
        _numbers.Add(number);
        return null;
    }

    public Column Build() =>
        _isText
            ? new CategoricalColumn(Name, [.. _codes], [.. _categories]) { FirstMissing = _firstMissing, FirstText = _firstText }
            : new NumericColumn(Name, [.. _numbers]) { FirstMissing = _firstMissing };

    private void AddMissing()
    {
        if (_isText)
        {
            _codes.Add(CategoricalColumn.Missing);
        }
        else
        {
            _numbers.Add(float.NaN);
        }
    }

    // With numbers before it the codes would be wrong; they are not used then, since the column is read again.
    private void BecomeText()
    {
        _isText = true;
        MustReadAgainAsText = _hasNumbers;
        _codes.AddRange(Enumerable.Repeat(CategoricalColumn.Missing, _numbers.Count));
        _numbers.Clear();
        _numbers.TrimExcess();
    }

    private BadInput? AddText(ReadOnlySpan<byte> utf8, string file, long line)
    {
        if (_characters.Length < utf8.Length)
        {
            _characters = new char[utf8.Length * 2];
        }
        if (Utf8.ToUtf16(utf8, _characters, out _, out var length, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            return Wrong("not_utf8", $"Column '{Name}' holds a value that is not UTF-8 text", file, line);
        }
        var text = _characters.AsSpan(0, length);
        if (!_codeOfSpan.TryGetValue(text, out var code))
        {
            if (_categories.Count == _maxCategories)
            {
                var message =
                    $"Text column '{Name}' has more than {_maxCategories} distinct values: leave it out with the parameter 'exclude'";
                return Wrong("too_many_categories", message, file, line);
            }
            code = _categories.Count;
            _categories.Add(text.ToString());
            _codeOf.Add(_categories[code], code);
        }
        _codes.Add(code);
        return null;
    }

    private static BadInput Wrong(string code, string message, string file, long line)
    {
        var position = new CsvPosition(file, line);
        return new BadInput(code, $"{message} ({position}).") { Position = position };
    }
}
