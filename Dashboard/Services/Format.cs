using System.Globalization;

namespace Slipway.Dashboard.Services;

/// <summary>How numbers and times are written on the pages: invariant, UTC.</summary>
internal static class Format
{
    public static string Time(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "";

    public static string Number(double? value) =>
        value switch
        {
            null => "",
            { } v when double.IsNaN(v) => "NaN",
            { } v when v != 0 && Math.Abs(v) < 0.001 => v.ToString("0.##e0", CultureInfo.InvariantCulture),
            { } v => v.ToString("#,0.###", CultureInfo.InvariantCulture),
        };

    public static string Percent(double share) => share.ToString("0.#", CultureInfo.InvariantCulture) + " %";

    /// <summary>Whole days, hours or minutes where the duration is that, the constant form otherwise.</summary>
    public static string Duration(TimeSpan duration) =>
        duration.Ticks switch
        {
            > 0 and var t when t % TimeSpan.TicksPerDay == 0 => Count(t / TimeSpan.TicksPerDay, "day"),
            > 0 and var t when t % TimeSpan.TicksPerHour == 0 => Count(t / TimeSpan.TicksPerHour, "hour"),
            > 0 and var t when t % TimeSpan.TicksPerMinute == 0 => Count(t / TimeSpan.TicksPerMinute, "minute"),
            _ => duration.ToString("c", CultureInfo.InvariantCulture),
        };

    public static string Bytes(long? bytes) =>
        bytes switch
        {
            null => "",
            < 1024 => $"{bytes} B",
            < 1024 * 1024 => $"{(bytes / 1024d)?.ToString("0.#", CultureInfo.InvariantCulture)} KiB",
            _ => $"{(bytes / 1048576d)?.ToString("0.#", CultureInfo.InvariantCulture)} MiB",
        };

    private static string Count(long count, string unit) => count == 1 ? $"1 {unit}" : $"{count} {unit}s";
}
