using System.Globalization;
using System.Text;

namespace Slipway.Training.Worker.Jobs;

/// <summary>A job's log file, bounded: when half the bound is written the file becomes the older half, and the one before it goes.</summary>
internal sealed class JobLog : IDisposable
{
    private const int MaxLineLength = 4_000;
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly int _maxBytes;
    private readonly TimeProvider _time;
    private FileStream _file;

    public JobLog(string path, int maxBytes, TimeProvider time)
    {
        (_path, _maxBytes, _time) = (path, maxBytes, time);
        _file = Open();
    }

    public static string OlderHalf(string path) => path + ".1";

    public void Write(string line)
    {
        var text = line.Length <= MaxLineLength ? line : string.Concat(line.AsSpan(0, MaxLineLength), "…");
        var stamped = string.Create(
            CultureInfo.InvariantCulture,
            $"{_time.GetUtcNow().UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {text.ReplaceLineEndings(" ")}\n"
        );
        lock (_lock)
        {
            if (_file.Length > _maxBytes / 2)
            {
                _file.Dispose();
                File.Move(_path, OlderHalf(_path), overwrite: true);
                _file = Open();
            }
            // Unbuffered: the log is read while the job runs, and a killed process must not take its last lines along.
            _file.Write(Encoding.UTF8.GetBytes(stamped));
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _file.Dispose();
        }
    }

    private FileStream Open() => new(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
