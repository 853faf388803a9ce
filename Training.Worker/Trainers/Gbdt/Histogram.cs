using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>
/// For one node and every feature: the sums of gradients, hessians and rows in each of 256 bins. A cell is four doubles (the last unused),
/// so that a row is added in one vector operation.
/// </summary>
internal sealed class Histogram
{
    public const int CellSize = 4;
    public const int FeatureSize = 256 * CellSize;
    private readonly double[] _cells;
    private readonly int _start;

    public Histogram(int featureCount)
    {
        // Cells start on 32-byte boundaries: one that straddles two cache lines costs twice.
        _cells = GC.AllocateUninitializedArray<double>((featureCount * FeatureSize) + CellSize, pinned: true);
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(_cells, 0);
        _start = (int)((32 - (address.ToInt64() & 31)) & 31) / sizeof(double);
    }

    public static long Bytes(long featureCount) => featureCount * FeatureSize * sizeof(double);

    public Span<double> Feature(int feature) => _cells.AsSpan(_start + (feature * FeatureSize), FeatureSize);

    /// <summary>Replaces a feature's cells by the sums over rows; the pairs are those of the rows, in their order.</summary>
    public void Build(int feature, byte[] bins, ReadOnlySpan<int> rows, ReadOnlySpan<GradientPair> pairs)
    {
        var cells = Feature(feature);
        cells.Clear();
        pairs = pairs[..rows.Length];
        ref var bin = ref MemoryMarshal.GetArrayDataReference(bins);
        ref var row = ref MemoryMarshal.GetReference(rows);
        ref var pair = ref Unsafe.As<GradientPair, double>(ref MemoryMarshal.GetReference(pairs));
        ref var cell = ref Unsafe.As<double, Vector256<double>>(ref MemoryMarshal.GetReference(cells));
        var one = Vector128.Create(1.0, 0.0);
        for (nint i = 0; i < rows.Length; i++)
        {
            var both = Vector128.CreateScalarUnsafe(Unsafe.Add(ref pair, i)).AsSingle();
            var addend = Vector256.Create(Vector128.WidenLower(both), one);
            Unsafe.Add(ref cell, (nint)Unsafe.Add(ref bin, Unsafe.Add(ref row, i))) += addend;
        }
    }

    /// <summary>The same for two features at once: rows and pairs are read once for both.</summary>
    public void BuildTwo(int feature, byte[] bins, int feature2, byte[] bins2, ReadOnlySpan<int> rows, ReadOnlySpan<GradientPair> pairs)
    {
        var cells = Feature(feature);
        var cells2 = Feature(feature2);
        cells.Clear();
        cells2.Clear();
        pairs = pairs[..rows.Length];
        ref var bin = ref MemoryMarshal.GetArrayDataReference(bins);
        ref var bin2 = ref MemoryMarshal.GetArrayDataReference(bins2);
        ref var row = ref MemoryMarshal.GetReference(rows);
        ref var pair = ref Unsafe.As<GradientPair, double>(ref MemoryMarshal.GetReference(pairs));
        ref var cell = ref Unsafe.As<double, Vector256<double>>(ref MemoryMarshal.GetReference(cells));
        ref var cell2 = ref Unsafe.As<double, Vector256<double>>(ref MemoryMarshal.GetReference(cells2));
        var one = Vector128.Create(1.0, 0.0);
        for (nint i = 0; i < rows.Length; i++)
        {
            var both = Vector128.CreateScalarUnsafe(Unsafe.Add(ref pair, i)).AsSingle();
            var addend = Vector256.Create(Vector128.WidenLower(both), one);
            nint at = Unsafe.Add(ref row, i);
            Unsafe.Add(ref cell, (nint)Unsafe.Add(ref bin, at)) += addend;
            Unsafe.Add(ref cell2, (nint)Unsafe.Add(ref bin2, at)) += addend;
        }
    }

    /// <summary>Leaves in this histogram, the parent's, what belongs to the other child.</summary>
    public void Subtract(int feature, Histogram child)
    {
        var cells = MemoryMarshal.Cast<double, Vector256<double>>(Feature(feature));
        var other = MemoryMarshal.Cast<double, Vector256<double>>(child.Feature(feature));
        for (var i = 0; i < cells.Length; i++)
        {
            cells[i] -= other[i];
        }
    }
}
