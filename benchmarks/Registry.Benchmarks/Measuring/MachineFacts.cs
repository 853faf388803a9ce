using System.Runtime.InteropServices;
using Npgsql;

namespace Slipway.Registry.Benchmarks.Measuring;

/// <summary>Where the numbers come from.</summary>
internal sealed record MachineFacts(string Processor, int Cores, string System, string Runtime, string Postgres, string Fsync)
{
    public static async Task<MachineFacts> ReadAsync(NpgsqlDataSource source, string folder, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            "SELECT current_setting('server_version'), current_setting('fsync') || ', synchronous_commit ' || current_setting('synchronous_commit')"
        );
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new MachineFacts(
            ReadProcessor(),
            Environment.ProcessorCount,
            RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription,
            reader.GetString(0),
            $"{reader.GetString(1)}; one write and flush of 8 KiB to the same disk takes {FlushMilliseconds(folder):F2} ms (median of 50)"
        );
    }

    private static string ReadProcessor() =>
        File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
                ?.Split(':')[1]
                .Trim()
                ?? "unknown"
            : "unknown";

    private static double FlushMilliseconds(string folder)
    {
        var time = TimeProvider.System;
        var block = new byte[8192];
        using var file = new FileStream(Path.Combine(folder, "flush"), FileMode.Create);
        var times = new List<double>();
        for (var i = 0; i < 50; i++)
        {
            var start = time.GetTimestamp();
            file.Write(block);
            file.Flush(flushToDisk: true);
            times.Add(time.GetElapsedTime(start).TotalMilliseconds);
        }
        return times.Order().ElementAt(25);
    }
}
