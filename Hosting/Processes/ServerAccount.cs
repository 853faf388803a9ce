using System.Globalization;

namespace Aspire.Hosting.Processes;

/// <summary>The account that servers drop to when the program runs as root: PostgreSQL refuses to be root, and nothing else needs to be.</summary>
internal sealed record ServerAccount(string Name, uint UserId, uint GroupId)
{
    private static readonly string[] s_candidates = ["postgres", "nobody"];

    /// <summary>The account to drop to; null where AppHost runs as an ordinary user.</summary>
    public static ServerAccount? ForThisProcess()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            return null;
        }

        if (ProgramPath.Find("setpriv") is null)
        {
            throw new DistributedApplicationException(
                "This program runs as root, PostgreSQL refuses to, and 'setpriv' (package util-linux) was not found to drop privileges. Run it as an ordinary user."
            );
        }

        var accounts = File.ReadLines("/etc/passwd").Select(Parse).OfType<ServerAccount>().ToList();
        return s_candidates.Select(name => accounts.Find(a => a.Name == name)).FirstOrDefault(a => a is not null)
            ?? throw new DistributedApplicationException(
                $"This program runs as root, PostgreSQL refuses to, and /etc/passwd has none of the accounts {string.Join(", ", s_candidates)}. Run it as an ordinary user."
            );
    }

    /// <summary>The command line that runs a program as this account.</summary>
    public IEnumerable<string> Wrap(IEnumerable<string> commandLine) =>
        [
            ProgramPath.Find("setpriv")!,
            string.Create(CultureInfo.InvariantCulture, $"--reuid={UserId}"),
            string.Create(CultureInfo.InvariantCulture, $"--regid={GroupId}"),
            "--clear-groups",
            "--inh-caps=-all",
            "--no-new-privs",
            .. commandLine,
        ];

    /// <summary>Whether the account can enter a folder, or read a file.</summary>
    public async Task<bool> CanReachAsync(string path, CancellationToken cancellationToken)
    {
        var test = Directory.Exists(path) ? "test -x \"$0\"" : "test -r \"$0\"";
        var commandLine = Wrap(["/bin/sh", "-c", test, path]).ToList();
        var result = await Command.RunAsync(commandLine[0], commandLine[1..], TimeSpan.FromSeconds(10), "/", cancellationToken);
        return result is { ExitCode: 0 };
    }

    /// <summary>Makes the account own a folder and everything in it.</summary>
    public async Task TakeOwnershipAsync(string folder, CancellationToken cancellationToken)
    {
        var owner = string.Create(CultureInfo.InvariantCulture, $"{UserId}:{GroupId}");
        var result = await Command.RunAsync("chown", ["-R", owner, folder], TimeSpan.FromMinutes(2), "/", cancellationToken);
        if (result is not { ExitCode: 0 })
        {
            throw new DistributedApplicationException($"Could not give the folder {folder} to the account {Name}: {result?.Error}");
        }
    }

    private static ServerAccount? Parse(string line) =>
        line.Split(':') is [var name, _, var uid, var gid, ..]
        && uint.TryParse(uid, CultureInfo.InvariantCulture, out var userId)
        && uint.TryParse(gid, CultureInfo.InvariantCulture, out var groupId)
            ? new ServerAccount(name, userId, groupId)
            : null;
}
