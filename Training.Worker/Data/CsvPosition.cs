namespace Slipway.Training.Worker.Data;

/// <summary>A line of a CSV file, counted from 1 with the header as line 1; only the file's name is kept, never its folder.</summary>
internal readonly record struct CsvPosition(string File, long Line)
{
    public override string ToString() => $"{File}, line {Line}";
}
