using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Slipway.Contracts.Http;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Data;

public sealed class DatabaseAwayTests
{
    [Fact]
    public async Task Start_WithoutDatabase_AnswersRetryLater()
    {
        await using var host = await RegistryHost.StartOnAsync($"Host=127.0.0.1;Port={FreePort()};Username=x;Password=x;Database=x", null);

        using var live = await host.Http.GetAsync(new Uri("health/live", UriKind.Relative));
        using var ready = await host.Http.GetAsync(new Uri("health/ready", UriKind.Relative));
        using var mlflow = await host.Http.GetAsync(new Uri("api/2.0/mlflow/experiments/get?experiment_id=0", UriKind.Relative));
        using var own = await host.Http.GetAsync(new Uri("api/v1/models", UriKind.Relative));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), (live.StatusCode, ready.StatusCode));
        Assert.All([mlflow, own], r => Assert.Equal(HttpStatusCode.ServiceUnavailable, r.StatusCode));
        Assert.All([mlflow, own], r => Assert.Equal(TimeSpan.FromSeconds(1), r.Headers.RetryAfter?.Delta));
        Assert.Contains("TEMPORARILY_UNAVAILABLE", await mlflow.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("database_unavailable", await own.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_BeforeTheDatabaseExists_ComesUpWhenItDoes()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        await ExecuteAsync($"DROP DATABASE \"{database.Name}\"");
        await using var host = await RegistryHost.StartOnAsync(database.ConnectionString, null);
        using var before = await host.Http.GetAsync(new Uri("health/ready", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, before.StatusCode);

        await ExecuteAsync($"CREATE DATABASE \"{database.Name}\"");

        await Eventually.TrueAsync(async () => (await host.Http.GetAsync(new Uri("health/ready", UriKind.Relative))).IsSuccessStatusCode);
        Assert.Equal("1", await host.Mlflow.GetOrCreateExperimentAsync("late"));
    }

    [Fact]
    public async Task Request_BeforeTheFirstMigration_IsToldToComeBack()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        await using var other = new NpgsqlConnection(database.ConnectionString + ";Pooling=false");
        await other.OpenAsync();
        // Another replica that is about to migrate: this one has to wait for it.
        await using var take = new NpgsqlCommand($"SELECT pg_advisory_lock({DatabaseMigration.LockKey})", other);
        await take.ExecuteNonQueryAsync();
        await using var host = await RegistryHost.StartOnAsync(database.ConnectionString, null);

        using var early = await host.Http.GetAsync(new Uri("api/v1/serving-state", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), early.Headers.RetryAfter?.Delta);

        await other.CloseAsync();
        await Eventually.TrueAsync(async () =>
            (await host.Http.GetAsync(new Uri("api/v1/serving-state", UriKind.Relative))).IsSuccessStatusCode
        );
    }

    [Fact]
    public async Task Migration_LongerThanAStatementMayTake_Ends()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        await using (var owner = NpgsqlDataSource.Create(database.ConnectionString))
        {
            // One of its tables takes as long as on a large database.
            await using var slow = owner.CreateCommand(
                """
                CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.latest_metrics') THEN
                        PERFORM pg_sleep(2);
                    END IF;
                END $$;
                CREATE EVENT TRIGGER slow ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION slow();
                """
            );
            await slow.ExecuteNonQueryAsync();
        }
        await using var host = await RegistryHost.StartOnAsync(
            database.ConnectionString,
            database,
            ("Registry:Database:StatementTimeoutSeconds", "1"),
            ("Registry:Database:MaxConnections", "2")
        );

        await host.ReadyAsync();

        // The limit is back for everybody, on either of the connections that made the schema.
        var source = host.Services.GetRequiredService<NpgsqlDataSource>();
        await using var one = await source.OpenConnectionAsync();
        await using var other = await source.OpenConnectionAsync();
        foreach (var connection in (NpgsqlConnection[])[one, other])
        {
            await using var show = new NpgsqlCommand("SHOW statement_timeout", connection);
            Assert.Equal("1s", await show.ExecuteScalarAsync());
        }
    }

    [Fact]
    public async Task Connections_CutUnderLoad_LoseNothingAcknowledged()
    {
        await using var host = await RegistryHost.StartAsync();
        var run = (await host.Mlflow.CreateRunAsync("0", null)).Info.RunId;
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(writer => WriteAsync(host, run, writer, stop.Token)).ToList();

        for (var cut = 0; cut < 10; cut++)
        {
            var before = writers.Sum(w => w.Acknowledged.Count);
            await ExecuteAsync(
                $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{new NpgsqlConnectionStringBuilder(host.ConnectionString).Database}'"
            );
            await Eventually.TrueAsync(() => writers.Sum(w => w.Acknowledged.Count) > before + 20);
        }
        await stop.CancelAsync();
        await Task.WhenAll(writers.Select(w => w.Task));

        var stored = await ReadAsync(host, run);
        Assert.Empty(writers.SelectMany(w => w.Acknowledged).Except(stored));
        Assert.True(writers.Sum(w => w.Refused) > 0, "no writer has met a cut connection");
    }

    [Fact]
    public async Task Replicas_StartingTogether_MigrateOnce()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        var hosts = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RegistryHost.StartOnAsync(database.ConnectionString, null)));
        try
        {
            foreach (var host in hosts)
            {
                await Eventually.TrueAsync(async () =>
                    (await host.Http.GetAsync(new Uri("health/ready", UriKind.Relative))).IsSuccessStatusCode
                );
            }
        }
        finally
        {
            foreach (var host in hosts)
            {
                await host.DisposeAsync();
            }
        }
    }

    private static Writer WriteAsync(RegistryHost host, string run, int number, CancellationToken stop)
    {
        var writer = new Writer();
        writer.Task = Task.Run(
            async () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                {
                    var step = (number * 1_000_000L) + i;
                    try
                    {
                        await host.Mlflow.LogBatchAsync(
                            run,
                            [
                                new MlflowMetric
                                {
                                    Key = "m",
                                    Value = i,
                                    Timestamp = i,
                                    Step = step,
                                },
                            ],
                            ct: CancellationToken.None
                        );
                        lock (writer)
                        {
                            writer.Acknowledged.Add(step);
                        }
                    }
                    catch (ApiException e)
                    {
                        Assert.Equal((HttpStatusCode.ServiceUnavailable, "TEMPORARILY_UNAVAILABLE"), (e.Status, e.Code));
                        Interlocked.Increment(ref writer.Refused);
                    }
                }
            },
            CancellationToken.None
        );
        return writer;
    }

    // A reader may meet one of the idle connections that were cut, as a writer may.
    private static async Task<HashSet<long>> ReadAsync(RegistryHost host, string run)
    {
        IReadOnlyList<MlflowMetric> points = [];
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                points = await host.Mlflow.GetMetricHistoryAsync(run, "m");
                return true;
            }
            catch (ApiException e)
            {
                Assert.Equal((HttpStatusCode.ServiceUnavailable, "TEMPORARILY_UNAVAILABLE"), (e.Status, e.Code));
                return false;
            }
        });
        return [.. points.Select(point => point.Step)];
    }

    private static async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(TestPostgres.ServerConnectionString)
            {
                Database = "postgres",
                Pooling = false,
            }.ConnectionString
        );
#pragma warning disable CA2100 // Fixed statements around generated names.
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100 // see above
        await command.ExecuteNonQueryAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Writer
    {
        public int Refused;

        public List<long> Acknowledged { get; } = [];

        public Task Task { get; set; } = Task.CompletedTask;
    }
}
