namespace Slipway.Training.Worker.Data;

/// <summary>
/// What is wrong with something the user gave: a stable code, a message that names the place and the remedy, and where it was found.
/// </summary>
internal sealed record BadInput(string Code, string Message)
{
    /// <summary>The parameter that is wrong, when one is.</summary>
    public string? Parameter { get; init; }

    /// <summary>File name and line of the first offending record, when a file is wrong.</summary>
    public CsvPosition? Position { get; init; }
}
