using System.Runtime.Versioning;
using Aspire.Hosting;
using Aspire.Hosting.Secrets;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.Secrets;

[UnsupportedOSPlatform("windows")]
public class SecretStoreTests
{
    [Fact]
    public void GetOrAdd_NewStoreOnTheSameFile_Remembers()
    {
        using var folder = new TempFolder();
        var path = folder.Combine("a", "secrets.json");
        Assert.Equal("one", new SecretStore(path).GetOrAdd("k", () => "one"));
        Assert.Equal("one", new SecretStore(path).GetOrAdd("k", () => "two"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void GetOrAdd_DamagedFile_SaysWhatToDo()
    {
        using var folder = new TempFolder();
        var path = folder.Combine("secrets.json");
        File.WriteAllText(path, "{");
        var error = Assert.Throws<DistributedApplicationException>(() => new SecretStore(path).GetOrAdd("k", () => "one"));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GetOrAdd_NoFile_RemembersWithinTheRun()
    {
        var store = new SecretStore(null);
        Assert.Equal("one", store.GetOrAdd("k", () => "one"));
        Assert.Equal("one", store.GetOrAdd("k", () => "two"));
    }
}
