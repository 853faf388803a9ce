using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Run;

/// <summary>The folder that holds everything that survives a run. One AppHost at a time owns it.</summary>
internal sealed class DataFolder : IDisposable
{
    private const string RunFolder = "run";
    private const string LockFile = "apphost.lock";
    private const string OwnerFile = "apphost.pid";
    private const string MarkerFile = ".slipway-data";
    private const string SecretsFile = "secrets.json";

    // Where servers keep their data when AppHost is root and the server's account cannot reach the data folder.
    internal const string SharedRoot = "/var/lib/slipway";
    private readonly FileStream _lock;
    private readonly bool _deleteOnDispose;

    private DataFolder(string path, FileStream @lock, bool deleteOnDispose)
    {
        Path = path;
        _lock = @lock;
        _deleteOnDispose = deleteOnDispose;
    }

    public string Path { get; }

    /// <summary>The children that run; see <see cref="ProcessLedger"/>.</summary>
    public string LedgerPath => Combine(RunFolder, "processes");

    /// <summary>Where a program finds this AppHost: its process id and the address of its resource list.</summary>
    public string InfoPath => Combine(RunFolder, "apphost.json");

    public static DataFolder Open(string path)
    {
        var isNew = !Directory.Exists(path) || !Directory.EnumerateFileSystemEntries(path).Any();
        Create(path);
        var @lock = Acquire(path);
        Directory.CreateDirectory(System.IO.Path.Combine(path, RunFolder));
        if (isNew)
        {
            File.WriteAllText(System.IO.Path.Combine(path, MarkerFile), "Slipway keeps its data here. AppHost --fresh deletes it.\n");
        }

        return new DataFolder(path, @lock, deleteOnDispose: false);
    }

    /// <summary>A new folder that is deleted at the end.</summary>
    public static DataFolder OpenThrowaway()
    {
        var path = Directory.CreateTempSubdirectory("slipway-").FullName;
        Create(path);
        Directory.CreateDirectory(System.IO.Path.Combine(path, RunFolder));
        return new DataFolder(path, Acquire(path), deleteOnDispose: true);
    }

    /// <summary>Deletes everything but the passwords.</summary>
    public void Clear()
    {
        if (!File.Exists(Combine(MarkerFile)))
        {
            throw new DistributedApplicationException(
                $"--fresh would delete everything in {Path}, but that folder was not made by Slipway. Delete it yourself, or choose another one with --data."
            );
        }

        foreach (var entry in Directory.EnumerateFileSystemEntries(Path))
        {
            switch (System.IO.Path.GetFileName(entry))
            {
                case LockFile or OwnerFile or MarkerFile or SecretsFile or RunFolder:
                    break;
                case var _ when Directory.Exists(entry):
                    Directory.Delete(entry, recursive: true);
                    break;
                default:
                    File.Delete(entry);
                    break;
            }
        }

        if (Directory.Exists(SharedFolder))
        {
            Directory.Delete(SharedFolder, recursive: true);
        }
    }

    /// <summary>The folder for servers' data: this one, unless the account that they drop to cannot reach it.</summary>
    public async Task<string> GetServerRootAsync(ServerAccount? account, CancellationToken cancellationToken)
    {
        if (account is null || await account.CanReachAsync(Path, cancellationToken))
        {
            return Path;
        }

        CreateShared(SharedFolder);
        return SharedFolder;
    }

    /// <summary>A folder, reachable for every account, for copies of programs that lie under a private home.</summary>
    public static string GetSharedProgramFolder(string key)
    {
        var folder = System.IO.Path.Combine(SharedRoot, "programs", key);
        CreateShared(System.IO.Path.GetDirectoryName(folder)!);
        return folder;
    }

    /// <summary>The name of a server's container: the same in every run on this folder, and on no other.</summary>
    public string ContainerName(string resource) => $"slipway-{ShortHash(Path)}-{resource}";

    public static string ShortHash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];

    public string Combine(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    public void Dispose()
    {
        _lock.Dispose();
        if (_deleteOnDispose)
        {
            Directory.Delete(Path, recursive: true);
            if (Directory.Exists(SharedFolder))
            {
                Directory.Delete(SharedFolder, recursive: true);
            }
        }
    }

    private string SharedFolder => System.IO.Path.Combine(SharedRoot, ShortHash(Path));

    private static void Create(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
            {
                // Servers drop to an account that must pass through; it still cannot list the folder.
                File.SetUnixFileMode(
                    path,
                    File.GetUnixFileMode(path) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute
                );
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException(
                $"The data folder {path} cannot be used: {exception.Message} Choose another one with --data.",
                exception
            );
        }
    }

    private static void CreateShared(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException(
                $"The account that the servers run as cannot reach the data folder, and {path} cannot be made: {exception.Message} Choose a folder that every account can reach with --data.",
                exception
            );
        }
    }

    private static FileStream Acquire(string path)
    {
        var file = System.IO.Path.Combine(path, LockFile);
        try
        {
            // The system releases the lock whichever way the process ends.
            var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            // A locked file cannot be read by others, so who has it stands in another one.
            File.WriteAllText(System.IO.Path.Combine(path, OwnerFile), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return stream;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var owner = ReadOwner(System.IO.Path.Combine(path, OwnerFile)) is { Length: > 0 } id ? $" (process {id})" : "";
            throw new DistributedApplicationException(
                $"Another AppHost{owner} uses the data folder {path}. Stop it, or choose another folder with --data.",
                exception
            );
        }
    }

    private static string? ReadOwner(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
