namespace Slipway.Inference.Engine.Settings;

/// <summary>How requests to one model are joined into one run.</summary>
public sealed record BatchingSettings
{
    /// <summary>Whether they are.</summary>
    public RowJoining Joining { get; init; } = RowJoining.WhenShown;

    /// <summary>Largest number of rows in one run, from 1 (never join). A single request with more rows runs alone.</summary>
    public int MaxBatchSize { get; init; } = 32;

    /// <summary>Sizes that are run at once when the waiting requests reach one; the largest that can be made is taken. Empty for none.</summary>
    public IReadOnlyList<int> PreferredSizes { get; init; } = [];

    /// <summary>How long the first request of a batch waits for others. Zero joins what is already there.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// Wait for others on top of <see cref="MaxDelay"/> where the measured runs say that it pays: while several callers are there, as long as they keep coming, and
    /// never longer than the run that is hoped for takes.
    /// </summary>
    public bool AdaptsDelay { get; init; } = true;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDelay, TimeSpan.Zero);
        foreach (var size in PreferredSizes)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(PreferredSizes));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxBatchSize, nameof(PreferredSizes));
        }
    }
}
