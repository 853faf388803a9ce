using System.Globalization;
using System.Text;

namespace Slipway.Training.Worker.Jobs;

/// <summary>
/// A job's log file, bounded: when half the bound is written the file becomes the older half, and the one before it goes. A line that cannot be written (the disk
/// is full) is counted, and the next one that can says how many are missing: a job must not fail, or fail to end, for its log.
/// </summary>
internal sealed class JobLog : IDisposable
{
    private const int MaxLineLength = 4_000;
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly int _maxBytes;
    private readonly TimeProvider _time;
    private FileStream? _file;
    private long _missing;

    public JobLog(string path, int maxBytes, TimeProvider time)
    {
        (_path, _maxBytes, _time) = (path, maxBytes, time);
        _file = Open();
    }

    public static string OlderHalf(string path) => path + ".1";

    public void Write(string line)
    {
        lock (_lock)
        {
            try
            {
                if (_missing > 0)
                {
                    Append(string.Create(CultureInfo.InvariantCulture, $"({_missing} lines could not be written.)"));
                    _missing = 0;
                }
                Append(line);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _missing++;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
        }
    }

    private void Append(string line)
    {
        var text = line.Length <= MaxLineLength ? line : string.Concat(line.AsSpan(0, MaxLineLength), "…");
        var stamped = string.Create(
            CultureInfo.InvariantCulture,
            $"{_time.GetUtcNow().UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {text.ReplaceLineEndings(" ")}\n"
        );
        _file ??= Open();
        if (_file.Length > _maxBytes / 2)
        {
            _file.Dispose();
            _file = null;
            File.Move(_path, OlderHalf(_path), overwrite: true);
            _file = Open();
        }
        // Unbuffered: the log is read while the job runs, and a killed process must not take its last lines along.
        _file.Write(Encoding.UTF8.GetBytes(stamped));
    }

    private FileStream Open() => new(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
