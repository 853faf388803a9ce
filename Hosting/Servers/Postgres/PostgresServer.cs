using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Secrets;

namespace Aspire.Hosting.Servers.Postgres;

/// <summary>Runs a PostgreSQL server of this machine on a data folder of our own.</summary>
internal sealed class PostgresServer(PostgresServerResource resource, PostgresInstallation installation, ServerContext context)
{
    // Tagged with the major version: PostgreSQL cannot read another version's files.
    private const string FolderPrefix = "postgres-";

    /// <summary>The major versions that have data here.</summary>
    public static IReadOnlyList<int> FindData(ServerContext context) =>
        [
            .. Directory
                .EnumerateDirectories(context.ServerRoot, FolderPrefix + "*")
                .Where(folder => Directory.Exists(Path.Combine(folder, "data")))
                .Select(folder =>
                    int.TryParse(Path.GetFileName(folder)[FolderPrefix.Length..], CultureInfo.InvariantCulture, out var n) ? n : 0
                )
                .Where(major => major > 0),
        ];

    /// <summary>The folder of a server's data, below the root of all servers' data.</summary>
    public static string FolderName(PostgresInstallation installation) =>
        string.Create(CultureInfo.InvariantCulture, $"{FolderPrefix}{installation.Major}");

    public async Task<ProcessSpec> PrepareAsync(CancellationToken cancellationToken)
    {
        var server = await MakeReachableAsync(cancellationToken);
        var folder = await context.CreateFolderAsync(FolderName(installation), cancellationToken);
        var data = Path.Combine(folder, "data");
        if (!Directory.Exists(data))
        {
            await InitializeAsync(server, folder, data, cancellationToken);
        }

        await StopLeftoverAsync(data, cancellationToken);
        var port = resource.PrimaryEndpoint.Port.ToString(CultureInfo.InvariantCulture);
        List<string> arguments =
        [
            "-D",
            data,
            "-p",
            port,
            "-c",
            "listen_addresses=localhost",
            // Clients come over TCP; a socket's path has a length limit that data folders may break.
            "-c",
            "unix_socket_directories=",
            "-c",
            "max_connections=300",
            "-c",
            "logging_collector=off",
        ];
        if (context.Throwaway)
        {
            arguments.AddRange(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
        }

        return new ProcessSpec
        {
            FileName = server.Program("postgres"),
            Arguments = arguments,
            WorkingDirectory = folder,
            Environment = ServerVariables(folder),
            // "Fast": it does not wait for clients to leave.
            StopSignal = UnixSignal.Interrupt,
            StopTimeout = TimeSpan.FromSeconds(30),
            RunAs = context.Account,
        };
    }

    private static Dictionary<string, string?> ServerVariables(string folder) =>
        new()
        {
            ["HOME"] = folder,
            ["LC_ALL"] = "C",
            ["TZ"] = "UTC",
        };

    /// <summary>Where the account cannot reach the programs (a clone under a private home), copies them to where it can.</summary>
    private async Task<PostgresInstallation> MakeReachableAsync(CancellationToken cancellationToken)
    {
        if (context.Account is not { } account || await account.CanReachAsync(installation.Program("postgres"), cancellationToken))
        {
            return installation;
        }

        var native = Path.GetDirectoryName(installation.BinFolder)!;
        var copy = ProgramFolder(native);
        if (!Directory.Exists(copy))
        {
            var temporary = $"{copy}.{Environment.ProcessId}";
            try
            {
                await CopyAsync(native, temporary, account, cancellationToken);
                Directory.Move(temporary, copy);
            }
            finally
            {
                if (Directory.Exists(temporary))
                {
                    Directory.Delete(temporary, recursive: true);
                }
            }
        }

        return installation with
        {
            BinFolder = Path.Combine(copy, "bin"),
        };
    }

    private static async Task CopyAsync(string source, string target, ServerAccount account, CancellationToken cancellationToken)
    {
        var result = await Command.RunAsync("cp", ["-R", "-P", "-p", source, target], TimeSpan.FromMinutes(2), "/", cancellationToken);
        if (result is not { ExitCode: 0 })
        {
            throw new DistributedApplicationException(
                $"Could not copy PostgreSQL to {target}, where {account.Name} can reach it: {result?.Error}"
            );
        }
    }

    private string ProgramFolder(string native) =>
        Run.DataFolder.GetSharedProgramFolder($"postgresql-{installation.Version}-{Run.DataFolder.ShortHash(native)}");

    private async Task InitializeAsync(PostgresInstallation server, string folder, string data, CancellationToken cancellationToken)
    {
        var passwordFile = Path.Combine(folder, "password");
        var unfinished = data + ".new";
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        await WritePasswordAsync(passwordFile, cancellationToken);
        try
        {
            var user = await resource.UserNameReference.GetValueAsync(cancellationToken) ?? "postgres";
            var spec = new ProcessSpec
            {
                FileName = server.Program("initdb"),
                Arguments =
                [
                    "-D",
                    unfinished,
                    "-U",
                    user,
                    $"--pwfile={passwordFile}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--no-locale",
                    "--no-sync",
                ],
                RunAs = context.Account,
            };
            var commandLine = LaunchCommand.Build(spec);
            var variables = ServerVariables(folder).ToDictionary(v => v.Key, v => v.Value!);
            var result = await Command.RunAsync(
                commandLine[0],
                commandLine.Skip(1),
                TimeSpan.FromMinutes(3),
                folder,
                cancellationToken,
                variables
            );
            if (result is not { ExitCode: 0 })
            {
                throw new DistributedApplicationException(
                    $"PostgreSQL could not set up its data in {data}: {result?.Error.Trim() ?? "no answer"}"
                );
            }
        }
        finally
        {
            File.Delete(passwordFile);
        }

        // Only a finished set-up gets the final name.
        Directory.Move(unfinished, data);
    }

    private async Task WritePasswordAsync(string path, CancellationToken cancellationToken)
    {
        await using (var writer = new StreamWriter(PrivateFile.Create(path)))
        {
            await writer.WriteLineAsync(await resource.PasswordParameter.GetValueAsync(cancellationToken));
        }

        if (context.Account is { } account && NativeMethods.Chown(path, account.UserId, account.GroupId) != 0)
        {
            throw new DistributedApplicationException($"The file {path} could not be given to the account {account.Name}.");
        }
    }

    /// <summary>Deals with the pid file of a server that did not end properly.</summary>
    private async Task StopLeftoverAsync(string data, CancellationToken cancellationToken)
    {
        var pidFile = Path.Combine(data, "postmaster.pid");
        if (!File.Exists(pidFile) || !int.TryParse(File.ReadLines(pidFile).FirstOrDefault(), CultureInfo.InvariantCulture, out var id))
        {
            return;
        }

        if (await ProcessIdentity.GetCommandLineAsync(id, cancellationToken) is not { } commandLine)
        {
            // No process has that id. PostgreSQL sees so itself, and reads in the file whether children of that server are still writing.
            return;
        }

        if (commandLine.Contains(data, StringComparison.Ordinal))
        {
            // Our own server of an earlier run that nobody stopped.
            ProcessSignals.Send(id, UnixSignal.Interrupt);
            var started = context.Clock.GetTimestamp();
            while (File.Exists(pidFile) && context.Clock.GetElapsedTime(started) < TimeSpan.FromSeconds(15))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), context.Clock, cancellationToken);
            }
        }
        else
        {
            // The server is gone, and its id is a stranger's by now: PostgreSQL would refuse to start because of it.
            File.Delete(pidFile);
        }
    }
}
