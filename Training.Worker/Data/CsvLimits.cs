namespace Slipway.Training.Worker.Data;

/// <summary>
/// Bounds of what one training run reads; the first that is passed ends the run with a message that names it. The defaults keep a run
/// under about 3 GB of memory. (Members are set, not init: the generated JSON reader would overwrite their defaults.)
/// </summary>
internal sealed record CsvLimits
{
    /// <summary>Bytes of one file.</summary>
    public long MaxFileBytes { get; set; } = 4L * 1024 * 1024 * 1024;

    /// <summary>Records over all files, headers left out.</summary>
    public int MaxRows { get; set; } = 10_000_000;

    public int MaxColumns { get; set; } = 4_096;

    /// <summary>Rows times columns.</summary>
    public long MaxCells { get; set; } = 400_000_000;

    /// <summary>Bytes of one record: an unclosed quote must not swallow the rest of the file.</summary>
    public int MaxRecordBytes { get; set; } = 1024 * 1024;

    /// <summary>Distinct values of one text column.</summary>
    public int MaxCategories { get; set; } = 100_000;
}
