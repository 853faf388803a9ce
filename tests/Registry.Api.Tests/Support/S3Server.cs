using System.Diagnostics;
using System.Globalization;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Support;

/// <summary>An S3 server of its own on a free port, from the test tools' npm packages, with one bucket.</summary>
public sealed class S3Server : IAsyncLifetime, IDisposable
{
    public const string Bucket = "slipway";
    private const string Announcement = "listening on 127.0.0.1:";
    private readonly TempFolder _folder = new();
    private Process? _process;

    public Uri Url { get; private set; } = null!;

    /// <summary>The settings of a registry that keeps its blobs here.</summary>
    public (string, string)[] Settings =>
        [
            ("Registry:Artifacts:S3:Bucket", Bucket),
            ("Registry:Artifacts:S3:ServiceUrl", Url.AbsoluteUri),
            ("Registry:Artifacts:S3:AccessKey", "S3RVER"),
            ("Registry:Artifacts:S3:SecretKey", "S3RVER"),
            ("Registry:Artifacts:S3:Prefix", "registry/"),
            ("Registry:Artifacts:S3:PartBytes", (5 << 20).ToString(CultureInfo.InvariantCulture)),
        ];

    /// <summary>The objects that lie under a prefix, as files of the server.</summary>
    public string[] Objects(string prefix)
    {
        var folder = _folder.Combine(Path.Combine(Bucket, prefix));
        return Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*._S3rver_object", SearchOption.AllDirectories).Where(f => new FileInfo(f).Length > 0)]
            : [];
    }

    public async Task InitializeAsync()
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(FindProgram());
        foreach (var argument in new[] { "-d", _folder.Path, "-a", "127.0.0.1", "-p", "0", "--configure-bucket", Bucket })
        {
            start.ArgumentList.Add(argument);
        }
        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException("The S3 server ended before it listened."));
        _process.OutputDataReceived += (_, line) =>
        {
            var at = line.Data?.IndexOf(Announcement, StringComparison.Ordinal) ?? -1;
            if (at >= 0)
            {
                listening.TrySetResult(new Uri($"http://127.0.0.1:{line.Data![(at + Announcement.Length)..].Trim()}"));
            }
        };
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Url = await listening.Task;
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
        Dispose();
    }

    public void Dispose() => _folder.Dispose();

    private static string FindProgram()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
        {
            folder = folder.Parent;
        }
        var program = Path.Combine(folder!.FullName, "tests", "tools", "node_modules", "s3rver", "bin", "s3rver.js");
        return File.Exists(program) ? program : throw new InvalidOperationException("Run 'npm ci' in tests/tools first.");
    }
}
