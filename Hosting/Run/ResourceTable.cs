using Aspire.Hosting.State;

namespace Aspire.Hosting.Run;

/// <summary>The resources as text for people.</summary>
internal static class ResourceTable
{
    private static readonly string[] s_header = ["RESOURCE", "TYPE", "STATE", "PROCESS", "URL"];

    public static string Format(IReadOnlyList<ResourceSnapshot> snapshots)
    {
        List<string[]> rows = [s_header, .. snapshots.Where(s => !s.Hidden).Select(Row)];
        var widths = Enumerable.Range(0, s_header.Length).Select(column => rows.Max(r => r[column].Length)).ToArray();
        return string.Join(
            Environment.NewLine,
            rows.Select(row => ("  " + string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column])))).TrimEnd())
        );
    }

    public static string Progress(IReadOnlyList<ResourceSnapshot> snapshots)
    {
        var waiting = snapshots
            .Where(s => !s.IsReady && s.State != ResourceStates.Finished && IsToBlame(s, snapshots))
            .Select(s => $"{s.Name} ({StateText(s)}{(s.HealthDetail is null ? "" : ": " + s.HealthDetail)})");
        return $"Not ready yet: {string.Join("; ", waiting)}";
    }

    public static string ReadyLine(IReadOnlyList<ResourceSnapshot> snapshots, RunMode mode)
    {
        var dashboard = snapshots.FirstOrDefault(s => s.Name == "dashboard") is { Urls: [var url, ..] } ? url : null;
        return $"Slipway is ready ({mode.Summary}).{(dashboard is null ? "" : $" Dashboard: {dashboard}")}";
    }

    // What lives in a process that does not run cannot be ready either: one line about the process is enough.
    private static bool IsToBlame(ResourceSnapshot snapshot, IReadOnlyList<ResourceSnapshot> all) =>
        snapshot.Host is null || all.Any(s => s.Name == snapshot.Host && s.State == ResourceStates.Running);

    private static string[] Row(ResourceSnapshot snapshot) =>
        [snapshot.Name, snapshot.Type, StateText(snapshot), snapshot.Pid?.ToString() ?? "", string.Join(" ", snapshot.Urls)];

    private static string StateText(ResourceSnapshot snapshot) =>
        snapshot switch
        {
            { State: ResourceStates.Running, Health: "Healthy" or null } => snapshot.State,
            { State: ResourceStates.Running } => $"{snapshot.State} ({snapshot.Health})",
            { ExitCode: { } code } => $"{snapshot.State} ({code})",
            _ => snapshot.State,
        };
}
