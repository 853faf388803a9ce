using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Slipway.Testing;

namespace Slipway.ServiceDefaults.Tests;

public sealed class DataFolderExtensionsTests
{
    [Fact]
    public void GetDataFolder_Configured_CreatesItForTheOwnerAlone()
    {
        using var temp = new TempFolder();

        var folder = Builder(temp.Combine("data")).GetDataFolder("registry");

        Assert.Equal(temp.Combine("data", "registry"), folder);
        Assert.True(Directory.Exists(folder));
        if (!OperatingSystem.IsWindows())
        {
            var owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Assert.Equal(owner, File.GetUnixFileMode(folder));
            Assert.Equal(owner, File.GetUnixFileMode(temp.Combine("data")));
        }
    }

    [Fact]
    public void GetDataFolder_NotAFolder_NamesTheKey()
    {
        using var temp = new TempFolder();
        File.WriteAllText(temp.Combine("file"), "");

        var error = Assert.Throws<InvalidOperationException>(() => Builder(temp.Combine("file")).GetDataFolder("registry"));

        Assert.Contains("Slipway:DataPath", error.Message, StringComparison.Ordinal);
    }

    private static HostApplicationBuilder Builder(string path)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Slipway:DataPath"] = path });
        return builder;
    }
}
