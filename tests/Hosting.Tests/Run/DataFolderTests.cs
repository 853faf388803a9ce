using System.Runtime.Versioning;
using Aspire.Hosting;
using Aspire.Hosting.Run;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.Run;

public sealed class DataFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Data => _folder.Combine("data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_InUse_NamesTheOwner()
    {
        using var first = DataFolder.Open(Data);
        var error = Assert.Throws<DistributedApplicationException>(() => DataFolder.Open(Data));
        Assert.Contains($"(process {Environment.ProcessId})", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AfterDispose_Works()
    {
        DataFolder.Open(Data).Dispose();
        using var second = DataFolder.Open(Data);
        Assert.Equal(Data, second.Path);
    }

    [Fact]
    public void Clear_OwnFolder_KeepsOnlyThePasswords()
    {
        using var data = DataFolder.Open(Data);
        Directory.CreateDirectory(data.Combine("registry", "artifacts"));
        File.WriteAllText(data.Combine("registry", "artifacts", "x"), "x");
        File.WriteAllText(data.Combine("note"), "x");
        File.WriteAllText(data.Combine("secrets.json"), "{}");

        data.Clear();

        Assert.False(Directory.Exists(data.Combine("registry")));
        Assert.False(File.Exists(data.Combine("note")));
        Assert.True(File.Exists(data.Combine("secrets.json")));
    }

    [Fact]
    public void Clear_FolderThatWasThereBefore_RefusesAndKeepsEverything()
    {
        Directory.CreateDirectory(Data);
        File.WriteAllText(Path.Combine(Data, "thesis.tex"), "x");
        using var data = DataFolder.Open(Data);

        Assert.Throws<DistributedApplicationException>(data.Clear);

        Assert.True(File.Exists(data.Combine("thesis.tex")));
    }

    [Fact]
    public void Open_NotAFolder_SaysSo()
    {
        File.WriteAllText(Data, "x");
        var error = Assert.Throws<DistributedApplicationException>(() => DataFolder.Open(Path.Combine(Data, "sub")));
        Assert.Contains("--data", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Open_NewFolder_IsTheUsersAlone()
    {
        using var data = DataFolder.Open(Data);
        var listing = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Data) & listing);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Open_FolderThatWasThereBefore_KeepsItsRights()
    {
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(Data, mode);
        using var data = DataFolder.Open(Data);
        Assert.Equal(mode, File.GetUnixFileMode(Data));
    }

    [Fact]
    public void Open_LockThatCannotBeMade_IsNotTakenForAnotherAppHost()
    {
        Directory.CreateDirectory(Path.Combine(Data, "apphost.lock"));
        var error = Assert.Throws<DistributedApplicationException>(() => DataFolder.Open(Data));
        Assert.Contains("cannot be used", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenThrowaway_Disposed_IsGone()
    {
        var data = DataFolder.OpenThrowaway();
        Assert.True(Directory.Exists(data.Path));
        data.Dispose();
        Assert.False(Directory.Exists(data.Path));
    }
}
