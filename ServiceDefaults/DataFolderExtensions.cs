using Microsoft.Extensions.Hosting;

namespace Slipway.ServiceDefaults;

/// <summary>Where a service keeps its files.</summary>
public static class DataFolderExtensions
{
    /// <summary>The configuration key of the folder that holds every service's data.</summary>
    public const string DataPathKey = "Slipway:DataPath";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>
    /// The absolute path of the service's own folder: <c>Slipway:DataPath</c> (by default the user's local application data, and
    /// <c>slipway</c> in it) followed by <paramref name="serviceName"/>. What of it does not exist yet is created for this user alone.
    /// </summary>
    public static string GetDataFolder(this IHostApplicationBuilder builder, string serviceName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(serviceName);
        var root = builder.Configuration[DataPathKey];
        if (string.IsNullOrWhiteSpace(root))
        {
            root = DefaultRoot();
        }

        var folder = Path.Combine(Path.GetFullPath(root), serviceName);
        try
        {
            Create(Path.GetFullPath(root));
            Create(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(
                $"The data folder {folder} cannot be created ({e.Message}). Set {DataPathKey} to another folder.",
                e
            );
        }

        return folder;
    }

    private static string DefaultRoot()
    {
        var local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return string.IsNullOrEmpty(local)
            ? throw new InvalidOperationException(
                $"This user has no local application data folder. Set {DataPathKey} to the folder to use."
            )
            : Path.Combine(local, "slipway");
    }

    private static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly);
        }
    }
}
