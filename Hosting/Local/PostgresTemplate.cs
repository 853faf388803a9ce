using System.Globalization;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Run;
using Aspire.Hosting.Secrets;
using Aspire.Hosting.Servers;
using Aspire.Hosting.Servers.Postgres;

namespace Aspire.Hosting.Local;

/// <summary>
/// A data folder that is filled once per machine, user and schema, and copied for every new one. Setting up a server and its schema takes seconds, a copy a
/// tenth of one. Copies share the template's password, which only their owner can read.
/// </summary>
internal static class PostgresTemplate
{
    private const string SecretsFile = "secrets.json";
    private static readonly TimeSpan s_unusedFor = TimeSpan.FromDays(30);

    /// <summary>Gives a folder without data the template's. Where there can be no template, the server sets up its data as usual.</summary>
    public static async Task UseAsync(
        LocalPostgresOptions options,
        PostgresInstallation installation,
        ServerContext context,
        SecretStore secrets,
        CancellationToken cancellationToken
    )
    {
        var name = PostgresServer.FolderName(installation);
        if (
            options.TemplateKey is null
            || OperatingSystem.IsWindows()
            || File.Exists(context.Data.Combine(SecretsFile))
            || Directory.Exists(Path.Combine(context.ServerRoot, name, "data"))
        )
        {
            return;
        }

        string template;
        try
        {
            template = await GetOrCreateAsync(options, installation, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A home that cannot be written, say: slower, and nothing else.
            return;
        }

        var folder = await context.CreateFolderAsync(name, cancellationToken);
        var target = Path.Combine(folder, "data");
        await CopyAsync(Path.Combine(template, name, "data"), target + ".new", cancellationToken);
        var password = new SecretStore(Path.Combine(template, SecretsFile)).GetOrAdd(
            LocalPostgres.PasswordKey,
            () => throw new DistributedApplicationException($"The template {template} is damaged: delete it.")
        );
        secrets.GetOrAdd(LocalPostgres.PasswordKey, () => password);
        // Only a finished copy gets the final name.
        Directory.Move(target + ".new", target);
    }

    private static async Task<string> GetOrCreateAsync(
        LocalPostgresOptions options,
        PostgresInstallation installation,
        CancellationToken cancellationToken
    )
    {
        var root = Root();
        var key = DataFolder.ShortHash($"{installation.BinFolder} {installation.Version} {options.DatabaseName} {options.TemplateKey}");
        var template = Path.Combine(root, $"postgres-{key}");
        if (Directory.Exists(template))
        {
            Directory.SetLastWriteTimeUtc(template, TimeProvider.System.GetUtcNow().UtcDateTime);
            return template;
        }

        Directory.CreateDirectory(root);
        DeleteUnused(root);
        var unfinished = string.Create(CultureInfo.InvariantCulture, $"{template}.{Environment.ProcessId}");
        var wanted = options with { DataPath = unfinished, Throwaway = true, TemplateKey = null };
        await using (var server = await LocalPostgres.StartAsync(wanted, cancellationToken))
        {
            await server.WaitUntilReadyAsync(cancellationToken);
            if (options.FillTemplate is { } fill)
            {
                await fill(server.ConnectionString, cancellationToken);
            }
        }

        try
        {
            Directory.Move(unfinished, template);
        }
        catch (IOException) when (Directory.Exists(template))
        {
            // Another program was faster.
            Directory.Delete(unfinished, recursive: true);
        }

        return template;
    }

    private static async Task CopyAsync(string source, string target, CancellationToken cancellationToken)
    {
        if (Directory.Exists(target))
        {
            Directory.Delete(target, recursive: true);
        }

        var result = await Command.RunAsync("cp", ["-R", "-P", "-p", source, target], TimeSpan.FromMinutes(2), "/", cancellationToken);
        if (result is not { ExitCode: 0 })
        {
            throw new DistributedApplicationException($"Could not copy the template {source} to {target}: {result?.Error}");
        }
    }

    // Each schema has a template of its own; those of releases that nobody runs any more must not pile up.
    private static void DeleteUnused(string root)
    {
        var limit = TimeProvider.System.GetUtcNow().UtcDateTime - s_unusedFor;
        foreach (var old in Directory.EnumerateDirectories(root).Where(folder => Directory.GetLastWriteTimeUtc(folder) < limit))
        {
            Directory.Delete(old, recursive: true);
        }
    }

    // Under root, the account that the server drops to must be able to reach it.
    private static string Root() =>
        Environment.IsPrivilegedProcess
            ? Path.Combine(DataFolder.SharedRoot, "templates")
            : Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
                "slipway-templates"
            );
}
