using System.Text;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Alone;

public sealed class AloneProgramTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Run_TwiceOnOneFolder_FindsItsDataAgainAndLeavesNothingRunning(string signal)
    {
        int postgres;
        await using (var first = await RegistryProcess.StartAsync(_folder.Path))
        {
            await first.Mlflow.EnsureRegisteredModelAsync("kept");
            using var content = new MemoryStream(Encoding.UTF8.GetBytes("hello"));
            await first.Mlflow.UploadArtifactToPathAsync("notes/a.txt", content);
            postgres = first.PostgresId;

            Assert.Equal(0, await first.EndAsync(signal));
        }
        Assert.False(RegistryProcess.IsRunning(postgres));

        await using var second = await RegistryProcess.StartAsync(_folder.Path);
        using var answer = await second.Http.GetAsync(new Uri("api/2.0/mlflow/registered-models/get?name=kept", UriKind.Relative));
        Assert.True(answer.IsSuccessStatusCode);
        using var bytes = new MemoryStream();
        await second.Mlflow.DownloadArtifactAsync("notes/a.txt", bytes);
        Assert.Equal("hello", Encoding.UTF8.GetString(bytes.ToArray()));
        Assert.Equal("OK", await second.Http.GetStringAsync(new Uri("health", UriKind.Relative)));
        using var ready = await second.Http.GetAsync(new Uri("health/ready", UriKind.Relative));
        Assert.True(ready.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Run_Killed_TakesItsPostgresWithItAndStartsAgain()
    {
        int postgres;
        await using (var first = await RegistryProcess.StartAsync(_folder.Path))
        {
            await first.Mlflow.EnsureRegisteredModelAsync("kept");
            postgres = first.PostgresId;
            await first.EndAsync("KILL");
        }
        await Eventually.TrueAsync(() => !RegistryProcess.IsRunning(postgres));

        await using var second = await RegistryProcess.StartAsync(_folder.Path);
        using var answer = await second.Http.GetAsync(new Uri("api/2.0/mlflow/registered-models/get?name=kept", UriKind.Relative));
        Assert.True(answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Run_SecondProgramOnTheFolder_SaysWhoHasIt()
    {
        await using var first = await RegistryProcess.StartAsync(_folder.Path);

        var (exitCode, errors) = await RegistryProcess.RunToEndAsync("--data", _folder.Path, "--urls", "http://127.0.0.1:0");

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"Another program (process {first.Id}) uses the data folder {_folder.Path}.", errors, StringComparison.Ordinal);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Run_PortTaken_SaysSoAndStopsItsPostgres()
    {
        await using var first = await RegistryProcess.StartAsync(_folder.Combine("a"));

        var (exitCode, errors) = await RegistryProcess.RunToEndAsync("--data", _folder.Combine("b"), "--urls", $"{first.Http.BaseAddress}");

        Assert.Equal(1, exitCode);
        Assert.Contains("address already in use", errors, StringComparison.Ordinal);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(Directory.EnumerateFiles(_folder.Combine("b"), "postmaster.pid", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Run_CommandLineWrong_EndsWith2AndTheReason()
    {
        var (exitCode, errors) = await RegistryProcess.RunToEndAsync("--data");

        Assert.Equal((2, "--data needs a folder."), (exitCode, errors.Trim()));
    }
}
