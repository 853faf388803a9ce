using System.Diagnostics;
using System.Globalization;

namespace Slipway.Inference.Engine.Vetting;

/// <summary>Resident memory of this process.</summary>
internal static class ProcessMemory
{
    private const string StatusFile = "/proc/self/status";

    public static long CurrentBytes() => Environment.WorkingSet;

    public static long PeakBytes()
    {
        if (File.Exists(StatusFile))
        {
            foreach (var line in File.ReadLines(StatusFile))
            {
                if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                {
                    var kilobytes = line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
                    return long.Parse(kilobytes, CultureInfo.InvariantCulture) * 1024;
                }
            }
        }

        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>Asks the system to end this process before any other when memory runs out.</summary>
    public static void BeFirstToGo()
    {
        const string File = "/proc/self/oom_score_adj";
        try
        {
            if (System.IO.File.Exists(File))
            {
                System.IO.File.WriteAllText(File, "1000");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A sandbox may forbid it: the limits of this process and of its parent stand anyway.
        }
    }
}
