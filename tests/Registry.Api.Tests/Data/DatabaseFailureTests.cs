using System.Net;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Data;

/// <summary>
/// Which failures of the database pass by themselves, each made for real. The shapes of the first tests are those that a registry meets when PostgreSQL is
/// killed under load and started again; the others are mistakes of a program, which a repetition does not mend.
/// </summary>
public sealed class DatabaseFailureTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private NpgsqlDataSource _source = null!;

    public async Task InitializeAsync()
    {
        _database = await TestPostgres.CreateDatabaseAsync();
        _source = NpgsqlDataSource.Create(_database.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task NobodyListens_IsTemporary()
    {
        await using var source = NpgsqlDataSource.Create(Elsewhere(FreePort()));

        var failure = await FailureAsync(() => source.QueryAsync("SELECT 1", r => r.GetInt32(0), default));

        Assert.IsType<SocketException>(Assert.IsType<NpgsqlException>(failure).InnerException);
        Assert.True(DatabaseFailure.IsTemporary(failure));
    }

    [Fact]
    public async Task StreamThatEnds_IsTemporary()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var source = NpgsqlDataSource.Create(Elsewhere(((IPEndPoint)listener.LocalEndpoint).Port));
        using var stop = new CancellationTokenSource();
        // The driver may try more than once, each time asking for less.
        var ending = Record.ExceptionAsync(async () =>
        {
            while (true)
            {
                using var accepted = await listener.AcceptTcpClientAsync(stop.Token);
            }
        });

        var failure = await FailureAsync(() => source.QueryAsync("SELECT 1", r => r.GetInt32(0), default));
        await stop.CancelAsync();
        await ending;

        Assert.IsType<NpgsqlException>(failure);
        Assert.IsAssignableFrom<IOException>(failure.InnerException);
        Assert.True(DatabaseFailure.IsTemporary(failure));
    }

    [Fact]
    public async Task EntityFrameworksWrapper_IsWhatItHolds()
    {
        await using var away = new DbContext(new DbContextOptionsBuilder().UseNpgsql(Elsewhere(FreePort())).Options);
        await using var here = new DbContext(new DbContextOptionsBuilder().UseNpgsql(_source).Options);

        var failure = await FailureAsync(() => away.Database.SqlQuery<int>($"SELECT 1").ToListAsync());

        Assert.Contains("transient", Assert.IsType<InvalidOperationException>(failure).Message, StringComparison.Ordinal);
        Assert.True(DatabaseFailure.IsTemporary(failure));
        Assert.False(DatabaseFailure.IsTemporary(await FailureAsync(() => here.Database.SqlQuery<int>($"SELECT nothing").ToListAsync())));
    }

    [Fact]
    public async Task ConnectionThatWasEnded_AndStatementsAfterIt_AreTemporary()
    {
        await using var connection = await _source.OpenConnectionAsync();
        await _source.ExecuteAsync("SELECT pg_terminate_backend($1)", default, connection.ProcessID);

        var first = await FailureAsync(() => connection.ExecuteAsync("SELECT 1", default));
        var second = await FailureAsync(() => connection.ExecuteAsync("SELECT 1", default));

        Assert.Equal(PostgresErrorCodes.AdminShutdown, Assert.IsType<PostgresException>(first).SqlState);
        Assert.IsType<ConnectionBrokenException>(second);
        Assert.True(DatabaseFailure.IsTemporary(first));
        Assert.True(DatabaseFailure.IsTemporary(second));
    }

    [Fact]
    public async Task ConnectionsUsedUp_IsTemporary()
    {
        var settings = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { MaxPoolSize = 1, Timeout = 1 };
        await using var source = NpgsqlDataSource.Create(settings);
        await using var held = await source.OpenConnectionAsync();

        var failure = await FailureAsync(() => source.QueryAsync("SELECT 1", r => r.GetInt32(0), default));

        Assert.IsType<TimeoutException>(Assert.IsType<NpgsqlException>(failure).InnerException);
        Assert.True(DatabaseFailure.IsTemporary(failure));
    }

    [Theory]
    [InlineData("57P01", true)] // admin_shutdown: the server was killed, or a backend ended
    [InlineData("57P03", true)] // cannot_connect_now: it starts up
    [InlineData("08006", true)] // connection_failure
    [InlineData("53300", true)] // too_many_connections
    [InlineData("57014", true)] // query_canceled: the statement timeout
    [InlineData("40P01", true)] // deadlock_detected
    [InlineData("40001", true)] // serialization_failure
    [InlineData("55P03", true)] // lock_not_available
    [InlineData("3D000", true)] // invalid_catalog_name
    [InlineData("08P01", false)] // protocol_violation: a parameter is missing
    [InlineData("42601", false)] // syntax_error
    [InlineData("42703", false)] // undefined_column
    [InlineData("42P01", false)] // undefined_table
    [InlineData("22P02", false)] // invalid_text_representation
    [InlineData("23505", false)] // unique_violation
    [InlineData("25P02", false)] // in_failed_sql_transaction
    public void State_IsTemporaryWhereTheServerMayRecover(string state, bool expected)
    {
        Assert.Equal(expected, DatabaseFailure.IsTemporary(new PostgresException("words", "ERROR", "ERROR", state)));
        Assert.Equal(
            expected,
            DatabaseFailure.IsTemporary(new DbUpdateException("words", new PostgresException("words", "ERROR", "ERROR", state)))
        );
    }

    [Theory]
    [InlineData("SELEC 1")]
    [InlineData("SELECT nothing")]
    [InlineData("SELECT 1 FROM nowhere")]
    [InlineData("SELECT $1 + 1")]
    public async Task StatementThatIsWrong_IsNot(string sql) =>
        Assert.False(DatabaseFailure.IsTemporary(await FailureAsync(() => _source.ExecuteAsync(sql, default))));

    [Fact]
    public async Task ParameterOfAWrongType_IsNot()
    {
        Assert.False(DatabaseFailure.IsTemporary(await FailureAsync(() => _source.ExecuteAsync("SELECT $1::int", default, new object()))));
        Assert.False(DatabaseFailure.IsTemporary(await FailureAsync(() => _source.ExecuteAsync("SELECT $1 + 1", default, "text"))));
    }

    [Fact]
    public async Task ConnectionThatWasNeverOpened_IsNot()
    {
        await using var connection = _source.CreateConnection();

        var failure = await FailureAsync(() => connection.ExecuteAsync("SELECT 1", default));

        Assert.IsType<InvalidOperationException>(failure);
        Assert.False(DatabaseFailure.IsTemporary(failure));
    }

    [Fact]
    public async Task ConnectionUsedTwiceAtOnce_IsNot()
    {
        await using var connection = await _source.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        await using var reader = await command.ExecuteReaderAsync();

        var failure = await FailureAsync(() => connection.ExecuteAsync("SELECT 1", default));

        Assert.IsType<NpgsqlOperationInProgressException>(failure);
        Assert.False(DatabaseFailure.IsTemporary(failure));
    }

    [Fact]
    public async Task Context_FromThePool_SetsNoSavepoints()
    {
        await using var host = await RegistryHost.StartAsync();
        var contexts = host.Services.GetRequiredService<IDbContextFactory<RegistryDb>>();
        for (var lease = 0; lease < 2; lease++)
        {
            await using var db = await contexts.CreateDbContextAsync();
            Assert.False(db.Database.AutoSavepointsEnabled);
        }
    }

    private static async Task<Exception> FailureAsync(Func<Task> act) =>
        await Record.ExceptionAsync(act) ?? throw new InvalidOperationException("It did not fail.");

    private string Elsewhere(int port) =>
        new NpgsqlConnectionStringBuilder(_database.ConnectionString)
        {
            Host = "127.0.0.1",
            Port = port,
            // Or a stream that ends would be tried again without encryption.
            SslMode = SslMode.Disable,
        }.ConnectionString;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
