using System.ComponentModel;
using System.Diagnostics;

namespace Aspire.Hosting.Processes;

/// <summary>A running child: its output goes line by line to a callback, and it can be stopped.</summary>
internal sealed class ChildProcess
{
    private const int MaxLineLength = 4096;
    private static readonly TimeSpan s_outputLimit = TimeSpan.FromSeconds(2);
    private readonly Process _process;
    private readonly ProcessSpec _spec;
    private readonly TimeProvider _clock;

    private ChildProcess(Process process, ProcessSpec spec, Action<string, bool> onLine, TimeProvider clock)
    {
        _process = process;
        _spec = spec;
        _clock = clock;
        Id = process.Id;
        StartedAt = clock.GetUtcNow();
        var output = Task.WhenAll(
            PumpAsync(process.StandardOutput, line => onLine(line, false)),
            PumpAsync(process.StandardError, line => onLine(line, true))
        );
        Exited = WaitAsync(output);
    }

    public int Id { get; }

    public DateTimeOffset StartedAt { get; }

    /// <summary>Completes with the exit code; 128 + the signal's number where a signal ended it.</summary>
    public Task<int> Exited { get; }

    public static ChildProcess Start(ProcessSpec spec, Action<string, bool> onLine, TimeProvider clock)
    {
        var commandLine = LaunchCommand.Build(spec);
        var info = new ProcessStartInfo(commandLine[0], commandLine.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = spec.WorkingDirectory,
        };
        foreach (var (name, value) in spec.Environment)
        {
            if (value is null)
            {
                info.Environment.Remove(name);
            }
            else
            {
                info.Environment[name] = value;
            }
        }

        var process = new Process { StartInfo = info };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            process.Dispose();
            throw new DistributedApplicationException($"'{spec.FileName}' could not be started: {exception.Message}", exception);
        }

        process.StandardInput.Close();
        return new ChildProcess(process, spec, onLine, clock);
    }

    /// <summary>Asks the process to end, and kills it with everything it started when it takes too long.</summary>
    public async Task StopAsync(CancellationToken killNow)
    {
        if (OperatingSystem.IsWindows())
        {
            Kill();
        }
        else if (!Exited.IsCompleted)
        {
            // A process that has ended no longer owns its id.
            ProcessSignals.Send(Id, _spec.StopSignal);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(killNow);
        var timer = Task.Delay(_spec.StopTimeout, _clock, limit.Token);
        if (await Task.WhenAny(Exited, timer) != Exited)
        {
            Kill();
        }

        await limit.CancelAsync();
        await Exited;
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended in the meantime.
        }
        catch (Exception exception) when (exception is Win32Exception or AggregateException)
        {
            // A descendant was not to be killed. The process itself is, and its group goes when it has ended.
            ProcessSignals.Send(Id, UnixSignal.Kill);
        }
    }

    private async Task<int> WaitAsync(Task output)
    {
        await _process.WaitForExitAsync();
        // What the child started must not outlive it: it may hold the child's port or files.
        ProcessSignals.KillGroup(Id);
        // A descendant that left the group may hold the pipe open: the rest of the output is not worth waiting for.
        await Task.WhenAny(output, Task.Delay(s_outputLimit, _clock));
        var code = _process.ExitCode;
        _process.Dispose();
        return code;
    }

    private static async Task PumpAsync(StreamReader reader, Action<string> onLine)
    {
        var buffer = new char[2048];
        var line = new System.Text.StringBuilder();
        try
        {
            int count;
            while ((count = await reader.ReadAsync(buffer.AsMemory())) > 0)
            {
                foreach (var c in buffer.AsSpan(0, count))
                {
                    // A program that never ends its line must not fill our memory.
                    if (c == '\n' || line.Length == MaxLineLength)
                    {
                        onLine(line.ToString().TrimEnd('\r'));
                        line.Clear();
                    }

                    if (c != '\n')
                    {
                        line.Append(c);
                    }
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The process was disposed while a descendant still held the pipe.
        }

        if (line.Length > 0)
        {
            onLine(line.ToString());
        }
    }
}
