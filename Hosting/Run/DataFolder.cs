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
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode PassThrough = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
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
        var isNew = Create(path);
        var @lock = Acquire(path);
        try
        {
            Directory.CreateDirectory(System.IO.Path.Combine(path, RunFolder));
            if (isNew)
            {
                File.WriteAllText(System.IO.Path.Combine(path, MarkerFile), "Slipway keeps its data here. AppHost --fresh deletes it.\n");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            @lock.Dispose();
            throw Unusable(path, exception);
        }

        return new DataFolder(path, @lock, deleteOnDispose: false);
    }

    /// <summary>A new folder that is deleted at the end.</summary>
    public static DataFolder OpenThrowaway()
    {
        var path = Directory.CreateTempSubdirectory("slipway-").FullName;
        if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
        {
            File.SetUnixFileMode(path, Private | PassThrough);
        }

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

        try
        {
            DeleteContent();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException($"--fresh could not delete everything in {Path}: {exception.Message}", exception);
        }
    }

    private void DeleteContent()
    {
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
        // Data that is there already stays where it is, although the account may reach the folder by now.
        if (account is null || (!Directory.Exists(SharedFolder) && await account.CanReachAsync(Path, cancellationToken)))
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
            DeleteIfPossible(Path);
            DeleteIfPossible(SharedFolder);
        }
    }

    private static void DeleteIfPossible(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Most runs have no shared folder.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What a server started for itself may still write here for a moment. The system clears its temporary folder; that is no failed run.
        }
    }

    private string SharedFolder => System.IO.Path.Combine(SharedRoot, ShortHash(Path));

    /// <summary>Makes the folder where it is missing; true where it is new, or empty and so nobody's.</summary>
    private static bool Create(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else if (!Directory.Exists(path))
            {
                // The parents get the usual rights, the folder itself is the user's alone. Under root, servers drop to an account that must pass
                // through; it cannot list the folder. One that was there before keeps its rights.
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
                Directory.CreateDirectory(path, Environment.IsPrivilegedProcess ? Private | PassThrough : Private);
            }

            return !Directory.EnumerateFileSystemEntries(path).Any();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, exception);
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
        catch (IOException exception) when (IsHeld(exception))
        {
            var owner = ReadOwner(System.IO.Path.Combine(path, OwnerFile)) is { Length: > 0 } id ? $" (process {id})" : "";
            throw new DistributedApplicationException(
                $"Another program{owner} uses the data folder {path}. Stop it, or choose another folder with --data.",
                exception
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, exception);
        }
    }

    // A lock that somebody else holds: EWOULDBLOCK on Linux and on macOS, a sharing violation on Windows.
    private static bool IsHeld(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static DistributedApplicationException Unusable(string path, Exception exception) =>
        new($"The data folder {path} cannot be used: {exception.Message} Choose another one with --data.", exception);

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
