namespace Slipway.Registry.Benchmarks.Measuring;

/// <summary>Numbers every call of the program, so that no two write the same point or file.</summary>
internal static class CallNumber
{
    private static int s_last;

    public static int Next() => Interlocked.Increment(ref s_last);
}
