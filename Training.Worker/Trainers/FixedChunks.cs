namespace Slipway.Training.Worker.Trainers;

/// <summary>
/// Splits rows into chunks whose number depends on the rows alone, never on the machine: partial sums added in chunk order are then the
/// same on any number of cores.
/// </summary>
internal static class FixedChunks
{
    public static int Count(int rows, int rowsPerChunk, int maxChunks) => Math.Clamp(rows / rowsPerChunk, 1, maxChunks);

    public static (int Begin, int End) Range(int chunk, int chunks, int rows) =>
        ((int)((long)rows * chunk / chunks), (int)((long)rows * (chunk + 1) / chunks));

    /// <summary>Runs the chunks on all cores, or at once where there is only one.</summary>
    public static void Run(int chunks, Action<int> body)
    {
        if (chunks == 1)
        {
            body(0);
            return;
        }
        Parallel.For(0, chunks, body);
    }
}
