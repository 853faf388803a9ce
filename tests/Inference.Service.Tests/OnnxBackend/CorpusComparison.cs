namespace Slipway.Inference.Service.Tests.OnnxBackend;

/// <summary>Compares outputs as the ONNX project does: relative 1e-3 and absolute 1e-7, for numbers of 16 bits 1e-2.</summary>
internal static class CorpusComparison
{
    /// <summary>The first difference, or null.</summary>
    public static string? Find(IReadOnlyList<CorpusTensor> expected, IReadOnlyList<CorpusTensor> given)
    {
        if (expected.Count != given.Count)
        {
            return $"{given.Count} outputs, not {expected.Count}";
        }
        return expected.Select((tensor, i) => Find(tensor, given[i])).FirstOrDefault(difference => difference is not null);
    }

    private static string? Find(CorpusTensor expected, CorpusTensor given)
    {
        if (expected.Datatype != given.Datatype || !expected.Shape.SequenceEqual(given.Shape))
        {
            return $"{given.Name} is {given.Datatype} [{string.Join(',', given.Shape)}], not {expected.Datatype} [{string.Join(',', expected.Shape)}]";
        }
        if (expected.Datatype is not ("FP16" or "BF16" or "FP32" or "FP64"))
        {
            return expected.Bytes.AsSpan().SequenceEqual(given.Bytes) ? null : $"{given.Name} differs";
        }
        var tolerance = expected.Datatype is "FP16" or "BF16" ? 1e-2 : 1e-3;
        var wanted = expected.Elements();
        var got = given.Elements();
        for (var i = 0; i < wanted.Length; i++)
        {
            var (a, b) = (Convert.ToDouble(wanted[i], null), Convert.ToDouble(got[i], null));
            if (!(a.Equals(b) || IsLowest(a) && IsLowest(b) || Math.Abs(a - b) <= 1e-7 + (tolerance * Math.Abs(a))))
            {
                return $"{given.Name}[{i}] is {b}, not {a}";
            }
        }
        return null;
    }

    // What masks with "minus infinity" differ in.
    private static bool IsLowest(double value) => double.IsNegativeInfinity(value) || value == float.MinValue;
}
