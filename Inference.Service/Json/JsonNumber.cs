using System.Globalization;

namespace Slipway.Inference.Service.Json;

/// <summary>
/// A number as it was written: decimal digits and an exponent. Conversions are correctly rounded: what fits is computed exactly (Clinger, How to Read Floating Point
/// Numbers Accurately, 1990), the rest goes through the framework's parser.
/// </summary>
internal readonly ref struct JsonNumber
{
    private static readonly float[] s_powersOfTenSingle = [1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f, 1e8f, 1e9f, 1e10f];

    private static readonly double[] s_powersOfTen =
    [
        1e0,
        1e1,
        1e2,
        1e3,
        1e4,
        1e5,
        1e6,
        1e7,
        1e8,
        1e9,
        1e10,
        1e11,
        1e12,
        1e13,
        1e14,
        1e15,
        1e16,
        1e17,
        1e18,
        1e19,
        1e20,
        1e21,
        1e22,
    ];

    private readonly ulong _digits;
    private readonly int _exponent;
    private readonly bool _isNegative;
    private readonly bool _isExact;

    /// <summary>A number of the given digits times a power of ten; not exact when the digits did not fit.</summary>
    public JsonNumber(ReadOnlySpan<byte> text, ulong digits, int exponent, bool isNegative, bool isExact)
    {
        Text = text;
        _digits = digits;
        _exponent = exponent;
        _isNegative = isNegative;
        _isExact = isExact;
        Special = double.NaN;
    }

    /// <summary>NaN or an infinity.</summary>
    public JsonNumber(ReadOnlySpan<byte> text, double special)
    {
        Text = text;
        Special = special;
        IsSpecial = true;
    }

    /// <summary>The number as it was written.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>Whether it is NaN or an infinity, which JSON does not have but numeric clients send.</summary>
    public bool IsSpecial { get; }

    private double Special { get; }

    /// <summary>The nearest single; an infinity when it is out of range.</summary>
    public float ToSingle()
    {
        if (IsSpecial)
        {
            return (float)Special;
        }
        if (_isExact && _digits <= 1 << 24 && _exponent is >= -10 and <= 10)
        {
            var value = _exponent < 0 ? _digits / s_powersOfTenSingle[-_exponent] : _digits * s_powersOfTenSingle[_exponent];
            return _isNegative ? -value : value;
        }
        return float.Parse(Text, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    /// <summary>The nearest double; an infinity when it is out of range.</summary>
    public double ToDouble()
    {
        if (IsSpecial)
        {
            return Special;
        }
        if (_isExact && _digits <= 1UL << 53 && _exponent is >= -22 and <= 22)
        {
            var value = _exponent < 0 ? _digits / s_powersOfTen[-_exponent] : _digits * s_powersOfTen[_exponent];
            return _isNegative ? -value : value;
        }
        return double.Parse(Text, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    /// <summary>The number as a whole one, exactly; false when it has a fraction or does not fit. <c>5.0</c> and <c>5e0</c> are whole.</summary>
    public bool TryToInteger(out ulong magnitude, out bool isNegative)
    {
        magnitude = _digits;
        isNegative = _isNegative;
        if (IsSpecial || !_isExact)
        {
            return false;
        }
        if (_digits == 0)
        {
            isNegative = false;
            return true;
        }
        for (var exponent = _exponent; exponent != 0; )
        {
            if (exponent < 0)
            {
                if (magnitude % 10 != 0)
                {
                    return false;
                }
                magnitude /= 10;
                exponent++;
            }
            else
            {
                if (magnitude > ulong.MaxValue / 10)
                {
                    return false;
                }
                magnitude *= 10;
                exponent--;
            }
        }
        return true;
    }
}
