using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.State;

namespace Aspire.Hosting.Run;

/// <summary>Keeps one process running: waits for what it needs, starts it, and starts it again when it ends.</summary>
internal sealed class Supervisor(ManagedProcess process, RunEnvironment run) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;
    private volatile ChildProcess? _child;

    public ManagedProcess Process => process;

    public void Start() => _loop = RunAsync(_stopping.Token);

    /// <summary>Stops the process; the token cuts the waiting short.</summary>
    public async Task StopAsync(CancellationToken killNow)
    {
        await _stopping.CancelAsync();
        if (_child is { } child)
        {
            Update(s => s with { State = ResourceStates.Stopping });
            await child.StopAsync(killNow);
        }

        await _loop;
        if (process.CleanUp is { } cleanUp)
        {
            await cleanUp();
        }
    }

    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            if (await WaitForDependenciesAsync(stopping))
            {
                await KeepRunningAsync(stopping);
            }
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // Stopped while it waited, or while it got ready to start.
        }

        if (stopping.IsCancellationRequested)
        {
            Update(s => s with { State = ResourceStates.Finished, Health = null, Pid = null });
        }
    }

    private async Task<bool> WaitForDependenciesAsync(CancellationToken stopping)
    {
        if (process.Waits.Count == 0)
        {
            return true;
        }

        Update(s => s with { State = ResourceStates.Waiting });
        Log($"Waiting for {string.Join(", ", process.Waits.Select(w => w.Resource.Name).Distinct())}.");
        string? failure = null;
        await run.Board.WaitAsync(
            board =>
            {
                failure = process.Waits.Select(w => WaitRules.Failure(w, board)).FirstOrDefault(f => f is not null);
                return failure is not null || process.Waits.All(w => WaitRules.IsMet(w, board));
            },
            stopping
        );
        if (failure is null)
        {
            return true;
        }

        Log(failure, error: true);
        run.Output.WriteLine(process.Name, failure);
        Update(s => s with { State = ResourceStates.FailedToStart, HealthDetail = failure });
        return false;
    }

    private async Task KeepRunningAsync(CancellationToken stopping)
    {
        var backoff = new Backoff();
        while (true)
        {
            var started = run.Clock.GetTimestamp();
            var exitCode = await RunOnceAsync(stopping);
            if (stopping.IsCancellationRequested)
            {
                return;
            }

            if (exitCode is { } ended && (process.RunsOnce || (process.IsJob && ended == 0)))
            {
                Update(s => s with { State = ResourceStates.Finished, ExitCode = ended, Health = null, Pid = null });
                return;
            }

            var pause = backoff.Next(run.Clock.GetElapsedTime(started));
            var text = exitCode is { } code
                ? $"ended with exit code {code}; starting again in {pause.TotalSeconds:0.#} s"
                : $"could not be started; trying again in {pause.TotalSeconds:0.#} s";
            ShowLastLinesIfSilent();
            Log(text, error: true);
            run.Output.WriteLine(process.Name, text);
            await Task.Delay(pause, run.Clock, stopping);
            Update(s => s with { Restarts = s.Restarts + 1 });
        }
    }

    /// <summary>Starts the process and waits for its end: the exit code, or null where it could not be started.</summary>
    private async Task<int?> RunOnceAsync(CancellationToken stopping)
    {
        Update(s => s with { State = ResourceStates.Starting, ExitCode = null });
        ChildProcess child;
        ProcessSpec spec;
        try
        {
            spec = await process.Prepare(stopping);
            child = Launch(spec);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            // Whatever it is, a model's callback that throws too: shown, and tried again. An end of this loop would be seen by nobody.
            Log(exception.Message, error: true);
            run.Output.WriteLine(process.Name, exception.Message);
            Update(s => s with { State = ResourceStates.FailedToStart, HealthDetail = exception.Message });
            return null;
        }

        _child = child;
        await run.Ledger.AddAsync(child.Id, spec.StopSignal, process.Name, CancellationToken.None);
        Update(s =>
            s with
            {
                State = ResourceStates.Running,
                Pid = child.Id,
                StartedAt = child.StartedAt,
                Health = null,
                HealthDetail = null,
            }
        );
        if (stopping.IsCancellationRequested)
        {
            // The request to stop came while it started, and saw no child to stop.
            await child.StopAsync(CancellationToken.None);
        }

        var exitCode = await child.Exited;
        _child = null;
        run.Guard.Remove(child.Id);
        run.Ledger.Remove(child.Id);
        Update(s => s with { State = ResourceStates.Exited, ExitCode = exitCode, Pid = null, Health = null });
        return exitCode;
    }

    // The guard hears of a child before it exists, and of its id at once: AppHost may be killed at any moment.
    private ChildProcess Launch(ProcessSpec spec)
    {
        var environment = new Dictionary<string, string?>(spec.Environment) { [ProcessGuard.RunVariable] = run.Guard.RunId };
        run.Guard.Announce();
        try
        {
            var child = ChildProcess.Start(spec with { Environment = environment }, OnLine, run.Clock);
            run.Guard.Add(child.Id, spec.StopSignal);
            return child;
        }
        catch
        {
            run.Guard.Cancel();
            throw;
        }
    }

    private void OnLine(string line, bool error)
    {
        Log(line, error);
        if (process.ShowsOutput)
        {
            run.Output.WriteLine(process.Name, line);
        }
    }

    // A server's log is not shown as it grows, but the reason of its end must not be hidden.
    private void ShowLastLinesIfSilent()
    {
        foreach (var line in process.ShowsOutput ? [] : run.Board.Log(process.Name).Tail(10))
        {
            run.Output.WriteLine(process.Name, "  " + line.Text);
        }
    }

    private void Log(string text, bool error = false) =>
        run.Board.Log(process.Name).Add(new ResourceLogLine(run.Clock.GetUtcNow(), error, text));

    private void Update(Func<ResourceSnapshot, ResourceSnapshot> change)
    {
        run.Board.Update(process.Name, change);
        foreach (var name in process.Hosted)
        {
            run.Board.Update(name, change);
        }
    }
}
