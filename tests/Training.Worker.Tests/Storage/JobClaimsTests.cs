using Microsoft.EntityFrameworkCore;
using Slipway.Testing;
using Slipway.Training.Worker.Jobs;
using Slipway.Training.Worker.Storage;
using Slipway.Training.Worker.Tests.Support;

namespace Slipway.Training.Worker.Tests.Storage;

public sealed class JobClaimsTests : IAsyncLifetime
{
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(30);
    private readonly ManualClock _clock = new();
    private TestDatabase _database = null!;
    private TestContexts _contexts = null!;
    private JobStore _store = null!;
    private JobClaims _claims = null!;

    public async Task InitializeAsync()
    {
        _database = await TestPostgres.CreateDatabaseAsync();
        _contexts = new TestContexts(_database.ConnectionString);
        await _contexts.MigrateAsync(_clock);
        _store = new JobStore(_contexts, _clock);
        _claims = new JobClaims(_contexts, _clock);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task ClaimAsync_SeveralJobs_TakesTheOldestFirst()
    {
        var first = await AddAsync();
        _clock.Advance(TimeSpan.FromSeconds(1));
        var second = await AddAsync();

        Assert.Equal(first, (await ClaimAsync("a"))!.Id);
        Assert.Equal(second, (await ClaimAsync("a"))!.Id);
        Assert.Null(await ClaimAsync("a"));
    }

    [Fact]
    public async Task ClaimAsync_ManyAtOnce_NobodyGetsTheSameJob()
    {
        var jobs = new List<Guid>();
        for (var i = 0; i < 20; i++)
        {
            jobs.Add(await AddAsync());
        }

        var claims = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => ClaimAsync($"worker {i}"))));

        // A claimer that meets only rows others are claiming goes away empty; what is left is claimed with the next pass.
        var claimed = claims.Where(claim => claim is not null).Select(claim => claim!.Id).ToList();
        while (await ClaimAsync("late") is { } late)
        {
            claimed.Add(late.Id);
        }
        Assert.Equal(jobs.Order(), claimed.Order());
    }

    [Fact]
    public async Task ClaimAsync_LeaseRunning_IsNotClaimedAgain()
    {
        await AddAsync();
        await ClaimAsync("a");
        _clock.Advance(s_lease);

        Assert.Null(await ClaimAsync("b"));
    }

    [Fact]
    public async Task ClaimAsync_LeaseExpired_GoesToTheNextOwnerWithAHigherFencingNumber()
    {
        var id = await AddAsync();
        var dead = await ClaimAsync("dead");
        _clock.Advance(s_lease + TimeSpan.FromMilliseconds(1));

        var alive = await ClaimAsync("alive");

        Assert.Equal(id, alive!.Id);
        Assert.Equal(2, alive.Attempt);
        Assert.True(alive.Fencing > dead!.Fencing);
    }

    [Fact]
    public async Task Writes_OfAStaleOwner_AreRefused()
    {
        var id = await AddAsync();
        var stale = (await ClaimAsync("stale"))!;
        _clock.Advance(s_lease * 2);
        var owner = (await ClaimAsync("owner"))!;

        Assert.Null(await _claims.RenewAsync(stale, _clock.GetUtcNow() + s_lease, 0.9, "stale", default));
        Assert.False(await _claims.SetRunAsync(stale, "stale-run", default));
        Assert.False(await _claims.BeginRegisteringAsync(stale, default));
        Assert.False(await _claims.UndoRegisteringAsync(stale, default));
        Assert.False(await _claims.RequeueAsync(stale, "stale", _clock.GetUtcNow(), true, default));
        Assert.False(await _claims.EndAsync(stale, new JobEnding(JobStatus.Failed) { Message = "stale" }, default));

        var row = (await _store.FindAsync(id, default))!;
        Assert.Equal((JobStatus.Running, "owner", owner.Fencing), (row.Status, row.LeaseOwner, row.Fencing));
        Assert.Null(row.RunId);
        Assert.False(row.Registering);
    }

    [Fact]
    public async Task RenewAsync_OfTheOwner_ProlongsTheLeaseAndShowsProgress()
    {
        var id = await AddAsync();
        var claim = (await ClaimAsync("a"))!;
        _clock.Advance(s_lease);
        var cancelled = await _claims.RenewAsync(claim, _clock.GetUtcNow() + s_lease, 0.25, "a quarter", default);
        _clock.Advance(s_lease);

        Assert.False(cancelled);
        Assert.Null(await ClaimAsync("b"));
        var row = (await _store.FindAsync(id, default))!;
        Assert.Equal((0.25, "a quarter"), (row.Progress, row.Message));
    }

    [Fact]
    public async Task RequeueAsync_WithAPause_IsClaimedOnlyAfterIt()
    {
        await AddAsync();
        var claim = (await ClaimAsync("a"))!;
        await _claims.RequeueAsync(claim, "crashed", _clock.GetUtcNow() + TimeSpan.FromSeconds(5), true, default);

        Assert.Null(await ClaimAsync("a"));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, (await ClaimAsync("a"))!.Attempt);
    }

    [Fact]
    public async Task RequeueAsync_Uncounted_LeavesTheAttemptToTheNextOwner()
    {
        await AddAsync();
        await _claims.RequeueAsync((await ClaimAsync("a"))!, "stopping", _clock.GetUtcNow(), countAttempt: false, default);

        Assert.Equal(1, (await ClaimAsync("b"))!.Attempt);
    }

    [Fact]
    public async Task BeginRegisteringAsync_AfterACancellation_IsRefused()
    {
        var id = await AddAsync();
        var claim = (await ClaimAsync("a"))!;
        Assert.Equal(CancelOutcome.Accepted, await _store.CancelAsync(id, default));

        Assert.False(await _claims.BeginRegisteringAsync(claim, default));
        Assert.True(await _claims.RenewAsync(claim, _clock.GetUtcNow() + s_lease, 0, "x", default));
    }

    [Fact]
    public async Task CancelAsync_WhileRegistering_IsTooLate()
    {
        var id = await AddAsync();
        Assert.True(await _claims.BeginRegisteringAsync((await ClaimAsync("a"))!, default));

        Assert.Equal(CancelOutcome.Registering, await _store.CancelAsync(id, default));
    }

    [Fact]
    public async Task CreateAsync_QueueFull_IsRefusedExactlyAtTheBound()
    {
        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(_ => Task.Run(() => _store.CreateAsync(NewRow(), maxQueued: 5, default)))
        );

        Assert.Equal(5, outcomes.Count(outcome => outcome == CreateOutcome.Created));
        Assert.Equal(7, outcomes.Count(outcome => outcome == CreateOutcome.QueueFull));
    }

    [Fact]
    public async Task DeleteEndedAsync_KeepsTheLastSucceededJobOfEachModel()
    {
        var older = await EndAsync(JobStatus.Succeeded);
        var newest = await EndAsync(JobStatus.Succeeded);
        var failed = await EndAsync(JobStatus.Failed);

        Assert.Equal(2, await _store.DeleteEndedAsync(_clock.GetUtcNow() + TimeSpan.FromDays(1), default));

        Assert.Null(await _store.FindAsync(older, default));
        Assert.Null(await _store.FindAsync(failed, default));
        Assert.NotNull(await _store.FindAsync(newest, default));
    }

    [Fact]
    public async Task MigrateAsync_FromSeveralReplicasAtOnce_WorksOnce()
    {
        await using var empty = await TestPostgres.CreateDatabaseAsync();
        var contexts = new TestContexts(empty.ConnectionString);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => contexts.MigrateAsync(_clock))));

        await using var db = contexts.CreateDbContext();
        Assert.Single(await db.Database.GetAppliedMigrationsAsync());
    }

    private static JobRow NewRow(ManualClock clock) => JobView.NewRow(Guid.NewGuid(), TrainingHost.Request(), clock);

    private JobRow NewRow() => NewRow(_clock);

    private async Task<Guid> AddAsync()
    {
        var row = NewRow();
        Assert.Equal(CreateOutcome.Created, await _store.CreateAsync(row, 1000, default));
        return row.Id;
    }

    private async Task<Guid> EndAsync(string status)
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        var id = await AddAsync();
        Assert.True(await _claims.EndAsync((await ClaimAsync("a"))!, new JobEnding(status), default));
        return id;
    }

    private Task<JobClaim?> ClaimAsync(string owner) => _claims.ClaimAsync(owner, s_lease, default);
}
