using System.Numerics;
using System.Runtime.InteropServices;

namespace Slipway.Training.Worker.Trainers.Linear;

/// <summary>The two inner loops of linear algebra, over as many elements as the first vector has.</summary>
internal static class VectorMath
{
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        b = b[..a.Length];
        var wideA = MemoryMarshal.Cast<double, Vector<double>>(a);
        var wideB = MemoryMarshal.Cast<double, Vector<double>>(b);
        var sums = Vector<double>.Zero;
        for (var i = 0; i < wideA.Length; i++)
        {
            sums += wideA[i] * wideB[i];
        }
        var sum = Vector.Sum(sums);
        for (var i = wideA.Length * Vector<double>.Count; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }
        return sum;
    }

    public static void AddScaled(ReadOnlySpan<double> source, double factor, Span<double> target)
    {
        target = target[..source.Length];
        var wideSource = MemoryMarshal.Cast<double, Vector<double>>(source);
        var wideTarget = MemoryMarshal.Cast<double, Vector<double>>(target);
        var wideFactor = new Vector<double>(factor);
        for (var i = 0; i < wideSource.Length; i++)
        {
            wideTarget[i] += wideSource[i] * wideFactor;
        }
        for (var i = wideSource.Length * Vector<double>.Count; i < source.Length; i++)
        {
            target[i] += factor * source[i];
        }
    }
}
