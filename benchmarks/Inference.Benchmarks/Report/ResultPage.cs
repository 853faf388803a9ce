using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Benchmarks.Report;

/// <summary>The page that a run of the benchmark leaves: machine and versions first, then the tables, then how to repeat it.</summary>
internal sealed class ResultPage(string title, string command)
{
    private readonly List<Table> _tables = [];

    /// <summary>What the page says before its tables.</summary>
    public string Summary { get; set; } = "";

    public Table Add(string tableTitle, string note, params string[] columns)
    {
        var table = new Table(tableTitle, note, columns);
        _tables.Add(table);
        return table;
    }

    public void Save(string folder, string file)
    {
        Directory.CreateDirectory(folder);
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"# {title}\n\n");
        page.Append(
            CultureInfo.InvariantCulture,
            $"{Processor()}, {Environment.ProcessorCount} processors shared with the load generator; {RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}; ONNX Runtime {ModelSession.RuntimeVersion}; {DateTime.UtcNow:yyyy-MM-dd}.\n"
        );
        page.Append(CultureInfo.InvariantCulture, $"Repeat: `{command}` (needs `wrk` and `h2load`; see benchmarks/README.md).\n");
        page.Append(Summary.Length > 0 ? $"\n{Summary}\n" : "");
        foreach (var table in _tables)
        {
            table.Write(page);
        }

        File.WriteAllText(Path.Combine(folder, file), page.ToString());
    }

    private static string Processor()
    {
        const string Path = "/proc/cpuinfo";
        var line = File.Exists(Path)
            ? File.ReadLines(Path).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
