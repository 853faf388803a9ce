using System.Globalization;

namespace Aspire.Hosting.Processes;

/// <summary>
/// The children that run, in a file: where AppHost and its guard both died (power, kill -9 of everything), the next start stops what they left.
/// </summary>
internal sealed class ProcessLedger(string path)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, string> _entries = [];

    /// <summary>Stops what an earlier run left behind, and says what that was.</summary>
    public async Task<IReadOnlyList<string>> SweepAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        var left = new List<(int Id, string Token, string Name)>();
        foreach (var line in File.Exists(path) ? await File.ReadAllLinesAsync(path, cancellationToken) : [])
        {
            if (
                line.Split(' ') is [var idText, var token, var signalText, var name]
                && int.TryParse(idText, CultureInfo.InvariantCulture, out var id)
                && Enum.TryParse<UnixSignal>(signalText, out var signal)
                && await ProcessIdentity.GetStartTokenAsync(id, cancellationToken) == token
            )
            {
                ProcessSignals.Send(id, signal);
                left.Add((id, token, name));
            }
        }

        foreach (var (id, token, _) in left)
        {
            await WaitOrKillAsync(id, token, clock, cancellationToken);
        }

        File.Delete(path);
        return [.. left.Select(l => $"{l.Name} (process {l.Id})")];
    }

    public async Task AddAsync(int processId, UnixSignal stopSignal, string name, CancellationToken cancellationToken)
    {
        if (await ProcessIdentity.GetStartTokenAsync(processId, cancellationToken) is { } token)
        {
            lock (_lock)
            {
                _entries[processId] = string.Create(CultureInfo.InvariantCulture, $"{processId} {token} {stopSignal} {name}");
                Save();
            }
        }
    }

    public void Remove(int processId)
    {
        lock (_lock)
        {
            if (_entries.Remove(processId))
            {
                Save();
            }
        }
    }

    private static async Task WaitOrKillAsync(int id, string token, TimeProvider clock, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (await ProcessIdentity.GetStartTokenAsync(id, cancellationToken) == token)
        {
            if (clock.GetElapsedTime(start) > TimeSpan.FromSeconds(10))
            {
                ProcessSignals.Send(id, UnixSignal.Kill);
                ProcessSignals.KillGroup(id);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), clock, cancellationToken);
        }

        ProcessSignals.KillGroup(id);
    }

    private void Save()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllLines(path + ".new", _entries.Values);
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk, say. This is the second net below the guard: no reason to leave a child without its supervisor.
        }
    }
}
