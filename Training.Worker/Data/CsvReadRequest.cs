namespace Slipway.Training.Worker.Data;

/// <summary>Which files to read, and how their columns are to be understood.</summary>
internal sealed record CsvReadRequest(IReadOnlyList<string> Paths)
{
    /// <summary>Columns read as text even where every value is a number.</summary>
    public IReadOnlySet<string> Categorical { get; init; } = new HashSet<string>();

    /// <summary>The only columns to read, where given; all of them must be in every file.</summary>
    public IReadOnlySet<string>? Only { get; init; }

    /// <summary>Columns that are not needed and so may be missing from a file: identifiers and the like.</summary>
    public IReadOnlySet<string> Ignored { get; init; } = new HashSet<string>();

    /// <summary>Ignored columns that are still read where every file has them and they fit the limits.</summary>
    public IReadOnlySet<string> Optional { get; init; } = new HashSet<string>();

    public CsvLimits Limits { get; init; } = new();
}
