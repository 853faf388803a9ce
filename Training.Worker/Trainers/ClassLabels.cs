using System.Globalization;

namespace Slipway.Training.Worker.Trainers;

/// <summary>
/// The labels of a classification in the order of the model's probabilities: whole numbers in rising order where all labels are whole
/// numbers, else text in ordinal order.
/// </summary>
internal sealed class ClassLabels
{
    private ClassLabels(IReadOnlyList<string> names, long[]? integers)
    {
        Names = names;
        Integers = integers;
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>The labels as numbers, where all of them are.</summary>
    public long[]? Integers { get; }

    public int Count => Names.Count;

    /// <summary>Makes the labels of the distinct target texts, and the class of each text.</summary>
    public static ClassLabels Create(IReadOnlyList<string> texts, out int[] classOfText)
    {
        var numbers = new long[texts.Count];
        var integral = true;
        for (var i = 0; i < texts.Count && integral; i++)
        {
            integral = TryWhole(texts[i], out numbers[i]);
        }
        if (integral)
        {
            long[] distinct = [.. numbers.Distinct().Order()];
            classOfText = [.. numbers.Select(number => Array.BinarySearch(distinct, number))];
            return new ClassLabels([.. distinct.Select(number => number.ToString(CultureInfo.InvariantCulture))], distinct);
        }
        string[] names = [.. texts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        classOfText = [.. texts.Select(text => Array.BinarySearch(names, text, StringComparer.Ordinal))];
        return new ClassLabels(names, null);
    }

    private static bool TryWhole(string text, out long number)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
        {
            return true;
        }
        // "1.0" is written by tools that keep whole numbers as floats.
        if (
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && Math.Abs(value) <= 1L << 53
            && value == Math.Floor(value)
        )
        {
            number = (long)value;
            return true;
        }
        return false;
    }
}
