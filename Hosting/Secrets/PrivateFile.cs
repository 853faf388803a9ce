namespace Aspire.Hosting.Secrets;

/// <summary>Makes files that only their owner can read.</summary>
internal static class PrivateFile
{
    /// <summary>Opens a new, empty file, replacing an old one.</summary>
    public static FileStream Create(string path)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            // Windows: the user's local application data folder is already the user's alone.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }
}
