using Aspire.Hosting.Processes;
using Aspire.Hosting.Run;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Servers;

/// <summary>What the servers of a run share.</summary>
internal sealed record ServerContext
{
    public required IConfiguration Configuration { get; init; }

    public required DataFolder Data { get; init; }

    /// <summary>The folder for servers' data; their account can reach it.</summary>
    public required string ServerRoot { get; init; }

    /// <summary>The account that servers drop to; null where AppHost is an ordinary user.</summary>
    public required ServerAccount? Account { get; init; }

    public required PortAllocator Ports { get; init; }

    public required ConsoleOutput Output { get; init; }

    public required string AppHostDirectory { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>Looks for a container engine that answers.</summary>
    public Func<CancellationToken, Task<ContainerEngine?>> FindEngine { get; init; } = ContainerEngine.FindAsync;

    /// <summary>Whether the data is thrown away at the end, so that it need not survive a power cut.</summary>
    public bool Throwaway { get; init; }

    /// <summary>Whether the data of earlier runs is to be deleted first.</summary>
    public bool Fresh { get; init; }

    /// <summary>Whether servers' output is shown on the console.</summary>
    public bool Verbose { get; init; }

    /// <summary>Makes a folder that belongs to the servers' account, and to nobody else.</summary>
    public async Task<string> CreateFolderAsync(string name, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(ServerRoot, name);
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        if (Account is { } account)
        {
            await account.TakeOwnershipAsync(folder, cancellationToken);
        }

        return folder;
    }
}
