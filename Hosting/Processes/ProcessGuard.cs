using System.Diagnostics;
using System.Globalization;

namespace Aspire.Hosting.Processes;

/// <summary>
/// A small shell that outlives AppHost by a moment: it knows each child, and when AppHost's end of the pipe closes without a farewell (kill -9,
/// a crash), it stops them all. The kernel's own parent-death signal is of no use here: it fires when the starting thread ends.
/// </summary>
internal sealed class ProcessGuard : IAsyncDisposable
{
    /// <summary>The variable by which a child is known before its id is.</summary>
    public const string RunVariable = "SLIPWAY_RUN";

    // Each entry is pid:start-token:signal. The token keeps it from stopping a stranger that got the id of a child. A start is announced by "new":
    // where AppHost dies between that and "add", the child is looked for by its environment (Linux). $1 is the run's id.
    internal const string Script = """
        exec >/dev/null 2>&1
        cd /
        trap '' INT TERM HUP QUIT
        token() {
          if [ -r "/proc/$1/stat" ]; then
            stat=$(cat "/proc/$1/stat") || return
            set -- ${stat##*) }
            [ "$1" = Z ] || echo "${20}"
          else
            ps -o lstart= -p "$1" | tr -d ' '
          fi
        }
        alive() { rest=${1#*:}; [ "$(token "${1%%:*}")" = "${rest%:*}" ]; }
        lost() {
          for environ in /proc/[0-9]*/environ; do
            grep -qa "$1" "$environ" || continue
            pid=${environ#/proc/}; pid=${pid%/environ}
            start=$(token "$pid")
            case "$entries " in *" $pid:$start:"*) continue ;; esac
            [ -n "$start" ] && entries="$entries $pid:$start:TERM"
          done
        }
        entries=
        starting=0
        while read -r verb pid signal; do
          case $verb in
            new) starting=$((starting + 1)) ;;
            not) starting=$((starting - 1)) ;;
            add) starting=$((starting - 1)); start=$(token "$pid"); [ -n "$start" ] && entries="$entries $pid:$start:$signal" ;;
            del) kept=; for e in $entries; do [ "${e%%:*}" = "$pid" ] || kept="$kept $e"; done; entries=$kept ;;
            farewell) exit 0 ;;
          esac
        done
        if [ $starting -gt 0 ]; then sleep 0.3; lost "SLIPWAY_RUN=$1"; fi
        for e in $entries; do alive "$e" && kill -s "${e##*:}" "${e%%:*}"; done
        tries=0
        while [ $tries -lt 50 ]; do
          any=
          for e in $entries; do alive "$e" && any=1; done
          [ -z "$any" ] && break
          sleep 0.2
          tries=$((tries + 1))
        done
        for e in $entries; do
          pid=${e%%:*}
          if [ -z "$(token "$pid")" ] || alive "$e"; then kill -s KILL -- "-$pid"; kill -s KILL "$pid"; fi
        done
        """;

    private readonly Process? _process;
    private readonly Lock _lock = new();

    private ProcessGuard(Process? process, string runId)
    {
        _process = process;
        RunId = runId;
    }

    /// <summary>Every child's value of <see cref="RunVariable"/>.</summary>
    public string RunId { get; }

    /// <summary>The guard's own process id; null on Windows, where there is none.</summary>
    public int? Id => _process?.Id;

    public static ProcessGuard Start()
    {
        var runId = Guid.NewGuid().ToString("N");
        if (OperatingSystem.IsWindows())
        {
            return new ProcessGuard(null, runId);
        }

        var commandLine = LaunchCommand.Build(new ProcessSpec { FileName = "/bin/sh", Arguments = ["-c", Script, "slipway-guard", runId] });
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(commandLine[0], commandLine.Skip(1)) { RedirectStandardInput = true, WorkingDirectory = "/" },
        };
        process.Start();
        process.StandardInput.AutoFlush = true;
        return new ProcessGuard(process, runId);
    }

    /// <summary>A child is about to be started: <see cref="Add"/> or <see cref="Cancel"/> follows.</summary>
    public void Announce() => Tell("new");

    /// <summary>The announced child could not be started.</summary>
    public void Cancel() => Tell("not");

    public void Add(int processId, UnixSignal stopSignal) =>
        Tell(string.Create(CultureInfo.InvariantCulture, $"add {processId} {(stopSignal == UnixSignal.Interrupt ? "INT" : "TERM")}"));

    public void Remove(int processId) => Tell(string.Create(CultureInfo.InvariantCulture, $"del {processId}"));

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            Tell("farewell");
            CloseInput();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }

    private void CloseInput()
    {
        try
        {
            _process!.StandardInput.Close();
        }
        catch (IOException)
        {
            // See below.
        }
    }

    private void Tell(string line)
    {
        lock (_lock)
        {
            try
            {
                _process?.StandardInput.WriteLine(line);
            }
            catch (IOException)
            {
                // Somebody killed the guard. The ledger in the data folder still lets the next start clean up.
            }
        }
    }
}
