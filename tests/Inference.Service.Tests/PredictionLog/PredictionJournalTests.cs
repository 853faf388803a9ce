using Slipway.Inference.Service.PredictionLog;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.PredictionLog;

public sealed class PredictionJournalTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Append_ManyAtOnce_AreAllReadBack()
    {
        using var log = new TestLog(_folder, options => options.SegmentBytes = 4096);

        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), async (i, _) => await log.LogAsync($"r{i}"));

        var ids = log.ReadAll().Select(record => record.PredictionId).ToHashSet();
        Assert.Equal(2000, ids.Count);
        Assert.Equal(2000, log.Metrics.WrittenCount);
        Assert.True(Segments().Length > 10);
    }

    [Fact]
    public async Task Log_RequestOfManyRows_GivesARecordEach()
    {
        using var log = new TestLog(_folder);

        await log.LogAsync("big", rows: 10_000);

        var records = log.ReadAll();
        Assert.Equal(10_000, records.Count);
        Assert.Equal(("big_9999", 9999.0), (records[^1].PredictionId, records[^1].Numbers["x"]));
    }

    [Fact]
    public async Task Open_AfterAKill_ResumesAtTheLastConfirmedRecord()
    {
        using (var log = new TestLog(_folder))
        {
            for (var i = 0; i < 10; i++)
            {
                await log.LogAsync($"r{i}");
            }
            using var frames = new RecordBuffer();
            log.Reader.Read(frames, maxRecords: 4, int.MaxValue);
            log.Journal.Release(log.Reader.Position);
        }
        using (var log = new TestLog(_folder))
        {
            await log.LogAsync("r10");

            Assert.Equal(["r4", "r5", "r6", "r7", "r8", "r9", "r10"], log.ReadAll().Select(record => record.PredictionId));
            log.Journal.Release(log.Reader.Position);
            Assert.Equal(0, log.Journal.PendingBytes);
        }
        using (var log = new TestLog(_folder))
        {
            Assert.Empty(log.ReadAll());
            await log.LogAsync("r11");
            Assert.Equal(["r11"], log.ReadAll().Select(record => record.PredictionId));
        }
    }

    [Fact]
    public async Task Log_RequestOfMoreRowsThanAreLogged_GivesTheFirstAndCountsTheOthers()
    {
        using var log = new TestLog(_folder, options => options.MaxRowsPerRequest = 3);

        await log.LogAsync("signal", rows: 10);

        Assert.Equal(["signal_0", "signal_1", "signal_2"], log.ReadAll().Select(record => record.PredictionId));
        Assert.Equal(7, log.Metrics.LeftOutCount);
    }

    [Fact]
    public async Task Open_AfterAKillInTheMiddleOfASegment_FindsTheRecordsAndNoDamage()
    {
        using var log = new TestLog(_folder);
        await log.LogAsync("a");
        await log.LogAsync("b");
        // What a killed process leaves: the file as it stands while it is written to.
        using var left = new TempFolder();
        var segment = Segments().Single();
        File.Copy(segment, left.Combine(Path.GetFileName(segment)));

        using var next = new TestLog(left);

        Assert.Equal(log.Journal.PendingBytes, next.Journal.PendingBytes);
        await next.LogAsync("c");
        Assert.Equal(["a", "b", "c"], next.ReadAll().Select(record => record.PredictionId));
        Assert.Equal(0, next.Metrics.TornCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(30)]
    public async Task Open_LastRecordTorn_KeepsTheOthersAndCounts(int cutBytes)
    {
        using (var log = new TestLog(_folder))
        {
            await log.LogAsync("whole");
            await log.LogAsync("torn");
        }
        var segment = Segments().Single();
        using (var file = new FileStream(segment, FileMode.Open))
        {
            file.SetLength(file.Length - cutBytes);
        }
        using (var log = new TestLog(_folder))
        {
            await log.LogAsync("after");

            Assert.Equal(["whole", "after"], log.ReadAll().Select(record => record.PredictionId));
            Assert.Equal(1, log.Metrics.TornCount);
        }
    }

    [Fact]
    public async Task Open_DamageInTheMiddle_StopsThereAndGoesOnWithTheNextSegment()
    {
        using (var log = new TestLog(_folder))
        {
            await log.LogAsync("a");
            await log.LogAsync("b");
            await log.LogAsync("c");
        }
        var segment = Segments().Single();
        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[bytes.Length / 2] ^= 0x40;
        await File.WriteAllBytesAsync(segment, bytes);
        using (var log = new TestLog(_folder))
        {
            await log.LogAsync("d");

            Assert.Equal(["a", "d"], log.ReadAll().Select(record => record.PredictionId));
            Assert.Equal(1, log.Metrics.TornCount);
        }
    }

    [Fact]
    public async Task Open_CursorDamaged_ReadsFromTheBeginning()
    {
        using (var log = new TestLog(_folder))
        {
            await log.LogAsync("a");
            log.ReadAll();
            log.Journal.Release(log.Reader.Position);
        }
        await File.WriteAllBytesAsync(_folder.Combine("cursor"), new byte[20]);
        using (var log = new TestLog(_folder))
        {
            Assert.Equal(["a"], log.ReadAll().Select(record => record.PredictionId));
        }
    }

    [Fact]
    public async Task Append_BoundReached_DropsAndCountsUntilThereIsRoom()
    {
        using var log = new TestLog(
            _folder,
            options =>
            {
                options.MaxBytes = 64 * 1024;
                options.SegmentBytes = 4096;
            }
        );
        while (log.Metrics.DroppedCount == 0)
        {
            await log.LogAsync("r");
        }
        Assert.True(log.Metrics.IsDropping);
        Assert.InRange(log.Journal.PendingBytes, 63 * 1024, 64 * 1024);
        Assert.Contains("drops records", PredictionLogHealth.Check(log.Metrics, log.Journal).Description!, StringComparison.Ordinal);

        Assert.Equal(log.Metrics.WrittenCount, log.ReadAll().Count);
        log.Journal.Release(log.Reader.Position);
        await log.LogAsync("after");

        Assert.Equal(["after"], log.ReadAll().Select(record => record.PredictionId));
        Assert.Equal(1, log.Metrics.DroppedCount);
        Assert.InRange(Segments().Length, 1, 2);
    }

    [Fact]
    public async Task Append_DiskRefuses_DropsCountsAndRecovers()
    {
        using var log = new TestLog(_folder, options => options.SegmentBytes = 4096);
        await log.LogAsync("before");
        // A folder where the next segment's file should be: opening it fails, as on a broken disk.
        var next = JournalSegment.PathOf(_folder.Path, 2);
        Directory.CreateDirectory(next);
        while (log.Metrics.DroppedCount == 0)
        {
            await log.LogAsync("r");
        }
        var written = log.Metrics.WrittenCount;
        Directory.Delete(next);

        await log.LogAsync("after");

        Assert.Equal(1, log.Metrics.DroppedCount);
        var records = log.ReadAll();
        Assert.Equal(written + 1, records.Count);
        Assert.Equal(("before", "after"), (records[0].PredictionId, records[^1].PredictionId));
    }

    [Fact]
    public async Task Append_AfterTheEnd_IsDroppedCountedAndTouchesNoFile()
    {
        using var log = new TestLog(_folder);
        await log.LogAsync("before");
        log.Journal.Dispose();
        var files = Directory.GetFiles(_folder.Path).Order().ToArray();
        // What the process that takes the folder over has may have begun meanwhile.
        using var next = new TestLog(_folder);

        await log.LogAsync("late");

        Assert.Equal(1, log.Metrics.DroppedCount);
        Assert.Equal(files, Directory.GetFiles(_folder.Path).Order());
        Assert.Equal(["before"], next.ReadAll().Select(record => record.PredictionId));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_SegmentLostWhileInUse_CountsItAndGoesOnWithTheNext(bool isDeleted)
    {
        using var log = new TestLog(_folder, options => options.SegmentBytes = 4096);
        while (Segments().Length < 3)
        {
            await log.LogAsync("r");
        }
        var first = Segments().Order().First();
        if (isDeleted)
        {
            File.Delete(first);
        }
        else
        {
            using var file = new FileStream(first, FileMode.Open);
            file.SetLength(100);
        }

        var records = log.ReadAll();

        Assert.Equal(1, log.Metrics.TornCount);
        Assert.InRange(records.Count, 1, log.Metrics.WrittenCount - 1);
        log.Journal.Release(log.Reader.Position);
        await log.LogAsync("after");
        Assert.Equal(["after"], log.ReadAll().Select(record => record.PredictionId));
    }

    [Fact]
    public async Task Release_SegmentsBefore_AreDeleted()
    {
        using var log = new TestLog(_folder, options => options.SegmentBytes = 4096);
        await log.LogAsync("many", rows: 1);
        for (var i = 0; i < 400; i++)
        {
            await log.LogAsync($"r{i}");
        }
        Assert.True(Segments().Length > 3);

        log.ReadAll();
        log.Journal.Release(log.Reader.Position);

        Assert.Single(Segments());
    }

    [Fact]
    public void Open_FolderInUse_SaysWhatToChange()
    {
        using var log = new TestLog(_folder);

        var error = Assert.Throws<IOException>(() => new TestLog(_folder));

        Assert.Contains("Slipway:DataPath", error.Message, StringComparison.Ordinal);
    }

    private string[] Segments() => Directory.GetFiles(_folder.Path, "*.journal");
}
