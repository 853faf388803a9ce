namespace Slipway.Training.Worker.Jobs;

/// <summary>The files of this service: a work folder for each running job, which goes with it, and a bounded number of logs, which stay.</summary>
internal sealed class JobFolders
{
    private static readonly TimeSpan s_sweepAge = TimeSpan.FromHours(1);
    private readonly string _jobs;
    private readonly string _logs;
    private readonly TrainingOptions _options;
    private readonly TimeProvider _time;

    public JobFolders(string dataFolder, TrainingOptions options, TimeProvider time)
    {
        _jobs = Path.Combine(dataFolder, "jobs");
        _logs = Path.Combine(dataFolder, "logs");
        _options = options;
        _time = time;
    }

    /// <summary>An empty work folder for one attempt: a stale owner that still writes has another one.</summary>
    public string CreateWorkFolder(Guid job, long fencing)
    {
        var folder = Path.Combine(_jobs, job.ToString(), fencing.ToString());
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
        return Directory.CreateDirectory(folder).FullName;
    }

    /// <summary>Deletes the work folder of an attempt, and the job's when it was the last.</summary>
    public static void DeleteWorkFolder(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
            Directory.Delete(Path.GetDirectoryName(folder)!);
        }
        catch (IOException)
        {
            // Not empty: another attempt works beside it. Or a file is still open: the next start sweeps it.
        }
    }

    /// <summary>
    /// Deletes what a killed process left behind: work folders of jobs that <paramref name="isRunning"/> does not know as running. Young ones stay, since
    /// their job may have been claimed after that was asked.
    /// </summary>
    public void Sweep(Predicate<Guid> isRunning)
    {
        if (!Directory.Exists(_jobs))
        {
            return;
        }
        var old = _time.GetUtcNow().UtcDateTime - s_sweepAge;
        foreach (var folder in new DirectoryInfo(_jobs).EnumerateDirectories())
        {
            if (Guid.TryParse(folder.Name, out var id) && folder.LastWriteTimeUtc < old && !isRunning(id))
            {
                folder.Delete(recursive: true);
            }
        }
    }

    public JobLog OpenLog(Guid job)
    {
        Directory.CreateDirectory(_logs);
        return new JobLog(LogPath(job), _options.MaxLogBytes, _time);
    }

    /// <summary>The last lines of a job's log; none where it has not been run on this machine.</summary>
    public async Task<IReadOnlyList<string>> ReadLogAsync(Guid job, int tail, CancellationToken ct)
    {
        var lines = new Queue<string>(tail);
        foreach (var path in new[] { JobLog.OlderHalf(LogPath(job)), LogPath(job) })
        {
            try
            {
                await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var text = new StreamReader(file);
                while (await text.ReadLineAsync(ct) is { } line)
                {
                    if (lines.Count == tail)
                    {
                        lines.Dequeue();
                    }
                    lines.Enqueue(line);
                }
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // No such half yet.
            }
        }
        return [.. lines];
    }

    /// <summary>Deletes the oldest logs beyond the bound.</summary>
    public void TrimLogs()
    {
        if (!Directory.Exists(_logs))
        {
            return;
        }
        var old = new DirectoryInfo(_logs)
            .EnumerateFiles("*.log")
            .OrderByDescending(file => file.LastWriteTimeUtc)
            .Skip(_options.MaxLogFiles)
            .ToList();
        foreach (var file in old)
        {
            File.Delete(JobLog.OlderHalf(file.FullName));
            file.Delete();
        }
    }

    private string LogPath(Guid job) => Path.Combine(_logs, $"{job}.log");
}
