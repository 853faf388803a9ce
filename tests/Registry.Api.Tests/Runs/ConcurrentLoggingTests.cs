using Npgsql;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Runs;

/// <summary>Requests that log at the same time share statements and commits; each has its own answer all the same.</summary>
public sealed class ConcurrentLoggingTests : IAsyncLifetime
{
    private const int Clients = 60;
    private const string Waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO metrics%'";

    private RegistryHost _host = null!;

    public async Task InitializeAsync() => _host = await RegistryHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task LogMetric_OnManyRunsAtOnce_AnswersEachForItself()
    {
        string[] runs = [await NewRunAsync(), await NewRunAsync(), await NewRunAsync(), "0123456789abcdef0123456789abcdef"];
        await _host.PostAsync("runs/delete", $$"""{"run_id":"{{runs[2]}}"}""");

        // Every point is logged twice, and the last steps do not come last.
        var answers = await TogetherAsync(Enumerable.Range(0, Clients).Select(i => (runs[i % 4], "m", Step: i / 4 / 2)));

        var expected = Enumerable
            .Range(0, Clients)
            .Select(i =>
                (i % 4) switch
                {
                    2 => 400,
                    3 => 404,
                    _ => 200,
                }
            );
        Assert.Equal(expected, answers);
        foreach (var run in runs[..2])
        {
            var history = await _host.Mlflow.GetMetricHistoryAsync(run, "m");
            Assert.Equal(Enumerable.Range(0, 8).Select(step => (long)step), history.Select(m => m.Step).Order());
            Assert.Equal(7, Assert.Single((await _host.Mlflow.GetRunAsync(run)).Data.Metrics).Step);
        }
        Assert.Equal(16, await _host.CountAsync("SELECT count(*) FROM metrics"));
    }

    [Fact]
    public async Task LogMetric_OneOfManyThatTheDatabaseRefuses_FailsAlone()
    {
        var run = await NewRunAsync();
        await _host.ExecuteAsync(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON metrics FOR EACH ROW WHEN (NEW.key = 'refused') EXECUTE FUNCTION refuse();
            """
        );

        var answers = await TogetherAsync(Enumerable.Range(0, Clients).Select(i => (run, i == Clients / 2 ? "refused" : "m", Step: i)));

        Assert.Equal(Enumerable.Range(0, Clients).Select(i => i == Clients / 2 ? 500 : 200), answers);
        Assert.Equal(Clients - 1, await _host.CountAsync("SELECT count(*) FROM metrics"));
    }

    [Fact]
    public async Task LogMetric_WhileTheRowOfAnotherRunIsLocked_IsWritten()
    {
        var (locked, free) = (await NewRunAsync(), await NewRunAsync());
        Assert.Equal(200, await LogAsync(locked, 0));
        await using var source = NpgsqlDataSource.Create(_host.ConnectionString);
        await using var holder = await source.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("SELECT 1 FROM latest_metrics FOR UPDATE", holder))
        {
            await command.ExecuteNonQueryAsync();
        }

        // The others gather behind the first, and share a statement.
        var first = LogAsync(locked, 1);
        await Eventually.TrueAsync(async () => await _host.CountAsync(Waiting) > 0);
        var answers = await Task.WhenAll(LogAsync(locked, 2), LogAsync(free, 3), LogAsync(free, 4));

        Assert.Equal([503, 200, 200], answers);
        Assert.Equal(503, await first);
        await transaction.RollbackAsync();
        Assert.Equal(200, await LogAsync(locked, 5));
        Assert.Equal([3, 4], (await _host.Mlflow.GetMetricHistoryAsync(free, "m")).Select(m => m.Step).Order());
        Assert.Equal([0, 5], (await _host.Mlflow.GetMetricHistoryAsync(locked, "m")).Select(m => m.Step).Order());
    }

    private async Task<int> LogAsync(string run, int step) =>
        (
            await _host.PostAsync("runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":{{step}},"timestamp":1,"step":{{step}}}""")
        ).Status;

    /// <summary>The statuses. What is sent first waits for a lock while the rest arrives.</summary>
    private async Task<IEnumerable<int>> TogetherAsync(IEnumerable<(string Run, string Key, int Step)> points)
    {
        await using var source = NpgsqlDataSource.Create(_host.ConnectionString);
        await using var holder = await source.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("LOCK TABLE metrics IN EXCLUSIVE MODE", holder))
        {
            await command.ExecuteNonQueryAsync();
        }
        var answers = points
            .Select(point =>
                _host.PostAsync(
                    "runs/log-metric",
                    $$"""{"run_id":"{{point.Run}}","key":"{{point.Key}}","value":{{point.Step}},"timestamp":1,"step":{{point.Step}}}"""
                )
            )
            .ToList();
        await Eventually.TrueAsync(async () => await _host.CountAsync(Waiting) > 0);
        await transaction.RollbackAsync();
        return (await Task.WhenAll(answers)).Select(answer => answer.Status);
    }

    private async Task<string> NewRunAsync() => (await _host.Mlflow.CreateRunAsync("0", null)).Info.RunId;
}
