using Slipway.Inference.Engine.Serving;

namespace Slipway.Inference.Engine.Residency;

/// <summary>Opens one model in memory that is reserved for it, and learns what it takes. Not for two openings at the same time.</summary>
internal sealed class MeasuredOpening(ModelResidency residency, IModelSource source)
{
    private const double WorkingFactor = 1.5;
    private const long WorkingBytes = 256 << 10;

    private long _knownBytes;

    /// <summary>Throws <see cref="ModelMemoryException"/> where there is no memory, and whatever the source throws; nothing is reserved then.</summary>
    public async Task<IModelBackend> OpenAsync(CancellationToken ct)
    {
        var fileBytes = await source.PrepareAsync(ct);
        var estimate = EstimatedBytes(fileBytes);
        var expected = _knownBytes > 0 ? _knownBytes : estimate;
        try
        {
            await residency.ReserveAsync(source.MemoryKey, expected, ct);
        }
        catch (ModelMemoryException e) when (!e.WaitingHelps)
        {
            // What was measured may be others' growth, and would refuse the model as long as it is known: the next attempt asks for no more than the estimate.
            _knownBytes = Math.Min(expected, estimate);
            throw;
        }

        IModelBackend? backend = null;
        try
        {
            var measurement = MemoryMeter.Start();
            long? measured;
            try
            {
                backend = await source.OpenAsync(ct);
            }
            finally
            {
                measured = MemoryMeter.Stop(measurement);
            }

            if (measured is { } grown)
            {
                // Weights in mapped files are no growth of the heap, and are memory all the same.
                expected = Math.Max(grown, fileBytes);
                await residency.SettleAsync(source.MemoryKey, expected);
            }

            _knownBytes = expected;
            return backend;
        }
        catch
        {
            try
            {
                if (backend is not null)
                {
                    await backend.DisposeAsync();
                }
            }
            finally
            {
                residency.GiveBack(source.MemoryKey);
            }

            throw;
        }
    }

    // A guess refuses nobody: only what the files alone take can be too much before the model was open.
    private long EstimatedBytes(long fileBytes) =>
        Math.Max(fileBytes, Math.Min((long)(fileBytes * WorkingFactor) + WorkingBytes, residency.Settings.BudgetBytes));
}
