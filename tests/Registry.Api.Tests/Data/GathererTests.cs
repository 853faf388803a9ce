using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Tests.Data;

public sealed class GathererTests
{
    private readonly List<int[]> _turns = [];
    private readonly Queue<TaskCompletionSource> _ends = new();
    private readonly List<(int Item, string Reason)> _failed = [];

    [Fact]
    public void Add_WhileATurnRuns_GathersForTheNext()
    {
        var gatherer = Gatherer(new GathererBounds(Turns: 1, FurtherTurnWeight: 1, TurnWeight: 100, WaitingWeight: 100));

        gatherer.Add(1);
        gatherer.Add(2);
        gatherer.Add(3);
        Assert.Equal(
            [
                [1],
            ],
            _turns
        );
        _ends.Dequeue().SetResult();

        Assert.Equal(
            [
                [1],
                [2, 3],
            ],
            _turns
        );
    }

    [Fact]
    public void Add_MoreThanATurnHolds_IsSplitInOrder()
    {
        var gatherer = Gatherer(new GathererBounds(Turns: 1, FurtherTurnWeight: 1, TurnWeight: 5, WaitingWeight: 100));

        foreach (var weight in (int[])[1, 2, 3, 4, 50])
        {
            gatherer.Add(weight);
        }
        for (var turn = 0; turn < 4; turn++)
        {
            _ends.Dequeue().SetResult();
        }

        // What is heavier than a turn has one of its own.
        Assert.Equal(
            [
                [1],
                [2, 3],
                [4],
                [50],
            ],
            _turns
        );
    }

    [Fact]
    public void Add_BeyondWhatMayWait_IsRefusedUntilATurnEnds()
    {
        var gatherer = Gatherer(new GathererBounds(Turns: 1, FurtherTurnWeight: 1, TurnWeight: 100, WaitingWeight: 10));
        gatherer.Add(1);
        gatherer.Add(10);

        Assert.Throws<BusyException>(() => gatherer.Add(1));
        _ends.Dequeue().SetResult();
        gatherer.Add(1);
        _ends.Dequeue().SetResult();

        Assert.Equal(
            [
                [1],
                [10],
                [1],
            ],
            _turns
        );
    }

    [Fact]
    public void Add_WithTwoTurns_RunsTwoAtOnceAndNoMore()
    {
        var gatherer = Gatherer(new GathererBounds(Turns: 2, FurtherTurnWeight: 1, TurnWeight: 100, WaitingWeight: 100));

        gatherer.Add(1);
        gatherer.Add(2);
        gatherer.Add(3);

        Assert.Equal(
            [
                [1],
                [2],
            ],
            _turns
        );
    }

    [Fact]
    public void Add_OfLittle_WaitsForTheTurnUntilItIsMuch()
    {
        var gatherer = Gatherer(new GathererBounds(Turns: 2, FurtherTurnWeight: 10, TurnWeight: 100, WaitingWeight: 100));

        gatherer.Add(1);
        gatherer.Add(9);
        Assert.Equal(
            [
                [1],
            ],
            _turns
        );
        gatherer.Add(2);

        Assert.Equal(
            [
                [1],
                [9, 2],
            ],
            _turns
        );
    }

    [Fact]
    public void Turn_ThatThrows_FailsItsItemsAndTheNextOneRuns()
    {
        var gatherer = Gatherer(new GathererBounds(Turns: 1, FurtherTurnWeight: 1, TurnWeight: 3, WaitingWeight: 100));
        foreach (var weight in (int[])[9, 1, 2, 3])
        {
            gatherer.Add(weight);
        }
        _ends.Dequeue().SetResult();

        _ends.Dequeue().SetException(new InvalidOperationException("of the test"));
        _ends.Dequeue().SetResult();
        gatherer.Add(4);

        Assert.Equal([(1, "of the test"), (2, "of the test")], _failed);
        Assert.Equal(
            [
                [9],
                [1, 2],
                [3],
                [4],
            ],
            _turns
        );
    }

    private Gatherer<int> Gatherer(GathererBounds bounds) =>
        new(
            bounds,
            weight => weight,
            items =>
            {
                _turns.Add([.. items]);
                var end = new TaskCompletionSource();
                _ends.Enqueue(end);
                return end.Task;
            },
            (item, e) => _failed.Add((item, e.Message))
        );
}
