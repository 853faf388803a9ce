using Slipway.Testing;
using Slipway.Training.Worker.Jobs;

namespace Slipway.Training.Worker.Tests.Jobs;

public sealed class JobLogTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Write_FarMoreThanTheBound_KeepsTheNewestLinesWithinIt()
    {
        var folders = Folders(maxBytes: 8192);
        var job = Guid.NewGuid();
        using (var log = folders.OpenLog(job))
        {
            for (var i = 0; i < 2_000; i++)
            {
                log.Write($"line {i}");
            }
        }

        var files = Directory.GetFiles(_folder.Combine("logs"));
        Assert.InRange(files.Sum(file => new FileInfo(file).Length), 1, 8192 + 100);
        var lines = await folders.ReadLogAsync(job, 10, default);
        Assert.Equal(Enumerable.Range(1990, 10).Select(i => $"2026-01-01T00:00:00.000Z line {i}"), lines);
    }

    [Fact]
    public async Task Write_SeveralLinesOrALongOne_StaysOneShortLine()
    {
        var folders = Folders();
        var job = Guid.NewGuid();
        using var log = folders.OpenLog(job);
        log.Write("first\nsecond\r\nthird");
        log.Write(new string('x', 100_000));

        var lines = await folders.ReadLogAsync(job, 10, default);

        Assert.Equal(2, lines.Count);
        Assert.EndsWith("first second third", lines[0], StringComparison.Ordinal);
        Assert.InRange(lines[1].Length, 4_000, 4_100);
    }

    [Fact]
    public async Task Write_WhereTheFileCannotBeWritten_GoesOnAndLaterSaysHowManyLinesAreMissing()
    {
        var folders = Folders(maxBytes: 4096);
        var job = Guid.NewGuid();
        using var log = folders.OpenLog(job);
        log.Write(new string('x', 3_000));
        Directory.Delete(_folder.Combine("logs"), recursive: true);

        log.Write("lost");
        log.Write("lost too");
        Directory.CreateDirectory(_folder.Combine("logs"));
        log.Write("written");

        Assert.Equal(
            ["2026-01-01T00:00:00.000Z (2 lines could not be written.)", "2026-01-01T00:00:00.000Z written"],
            await folders.ReadLogAsync(job, 10, default)
        );
    }

    [Fact]
    public async Task ReadLogAsync_OfAJobWithoutLog_IsEmpty() => Assert.Empty(await Folders().ReadLogAsync(Guid.NewGuid(), 10, default));

    [Fact]
    public void TrimLogs_MoreThanTheBound_DeletesTheOldest()
    {
        var folders = Folders(maxFiles: 2);
        Guid[] jobs = [Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid()];
        for (var i = 0; i < jobs.Length; i++)
        {
            folders.OpenLog(jobs[i]).Dispose();
            File.SetLastWriteTimeUtc(_folder.Combine("logs", $"{jobs[i]}.log"), new DateTime(2026, 1, 1 + i, 0, 0, 0, DateTimeKind.Utc));
        }

        folders.TrimLogs();

        Assert.Equal(
            jobs[1..].Select(job => $"{job}.log").Order(),
            Directory.GetFiles(_folder.Combine("logs")).Select(Path.GetFileName).Order()
        );
    }

    [Fact]
    public void Sweep_OfWorkFolders_DeletesOldOnesThatNobodyOwns()
    {
        var folders = Folders();
        var (dead, young, running) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        foreach (var job in new[] { dead, young, running })
        {
            folders.CreateWorkFolder(job, 1);
            var age = job == young ? TimeSpan.Zero : TimeSpan.FromHours(2);
            Directory.SetLastWriteTimeUtc(_folder.Combine("jobs", job.ToString()), _clock.GetUtcNow().UtcDateTime - age);
        }

        folders.Sweep(job => job == running);

        Assert.Equal(
            new[] { young, running }.Select(job => job.ToString()).Order(),
            Directory.GetDirectories(_folder.Combine("jobs")).Select(Path.GetFileName).Order()
        );
    }

    private JobFolders Folders(int maxBytes = 1 << 20, int maxFiles = 1000) =>
        new(_folder.Path, new TrainingOptions { MaxLogBytes = maxBytes, MaxLogFiles = maxFiles }, _clock);
}
