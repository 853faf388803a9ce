using System.Globalization;
using System.Text;

namespace Slipway.Registry.Benchmarks.Measuring;

/// <summary>Writes the table as Markdown.</summary>
internal static class ReportWriter
{
    public static async Task WriteAsync(string path, IReadOnlyList<ReportRow> rows, MachineFacts machine, CancellationToken ct)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"""
            # Registry: measured

            Written by `dotnet run -c Release --project benchmarks/Registry.Benchmarks -- --postgres "Host=…"`. Each number is the median of three rounds, after a
            warm-up of a few seconds. Client, registry and PostgreSQL share the machine. The limit is measured in the same run, round by round beside the row: the same points inserted straight with Npgsql (prepared, one
            statement, the same table and key, without HTTP and without the last value of each metric), an endpoint that does nothing, 10 MiB hashed, written and flushed to the same
            disk, or the stored data of 300 runs read by their keys.

            | | |
            |---|---|
            | processor | {machine.Processor}, {machine.Cores} cores |
            | system | {machine.System} |
            | runtime | {machine.Runtime} |
            | PostgreSQL | {machine.Postgres}, fsync {machine.Fsync} |

            | row | per second | p50 ms | p99 ms | limit per second | limit p50 ms | MLflow 2.17.2 / 3.11.2, elsewhere |
            |---|---|---|---|---|---|---|

            """
        );
        foreach (var row in rows)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {row.Name} | {row.Own.PerSecond:N0} | {row.Own.P50Milliseconds:F2} | {row.Own.P99Milliseconds:F2} | {Text(row.Limit?.PerSecond, "N0")} | {Text(row.Limit?.P50Milliseconds, "F2")} | {row.Figure} |"
            );
        }
        text.AppendLine()
            .AppendLine(
                "MLflow's figures were measured with its own servers in another run on a machine of the same kind; they are not part of this run."
            );
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        await File.WriteAllTextAsync(path, text.ToString(), ct);
    }

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
