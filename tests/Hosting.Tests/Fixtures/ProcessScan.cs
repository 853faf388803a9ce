using System.Globalization;
using System.Text;

namespace Slipway.Hosting.Tests.Fixtures;

/// <summary>Finds living processes by what they inherited: a variable of the environment, or their folder.</summary>
internal static class ProcessScan
{
    public static IReadOnlyList<string> Find(string marker, string folder, int except)
    {
        var found = new List<string>();
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(entry), CultureInfo.InvariantCulture, out var id) || id == except)
            {
                continue;
            }

            try
            {
                // PostgreSQL writes its title over its environment: it is found by the folder that it works in.
                var cwd = new DirectoryInfo(Path.Combine(entry, "cwd")).LinkTarget ?? "";
                var environment = Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(entry, "environ")));
                if (cwd.StartsWith(folder, StringComparison.Ordinal) || environment.Contains(marker, StringComparison.Ordinal))
                {
                    found.Add($"{id} {File.ReadAllText(Path.Combine(entry, "cmdline")).Replace('\0', ' ')}");
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It has ended in the meantime, or belongs to somebody else.
            }
        }

        return found;
    }
}
