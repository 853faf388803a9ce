using System.Diagnostics;
using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Engine.Batching;

/// <summary>Runs the members of a slot, together or one by one, and gives each its part of the answer. Called without the batcher's lock.</summary>
internal sealed class MemberRuns(ModelBatcher owner, RequestOutcomes outcomes, TimeProvider time)
{
    public void Run(RunSlot slot)
    {
        var members = slot.Members;
        if (members.Count == 1)
        {
            RunAlone(slot, members[0]);
            return;
        }

        if (TryRunJoined(slot))
        {
            return;
        }

        // One member's values may have failed the graph: each runs alone, so that only the one at fault hears of it.
        foreach (var member in members)
        {
            if (!member.HasEnded)
            {
                RunAlone(slot, member);
            }
        }
    }

    private bool TryRunJoined(RunSlot slot)
    {
        var started = time.GetTimestamp();
        var rows = 0;
        foreach (var member in slot.Members)
        {
            rows += member.Rows;
        }

        using var result = RunJoined(slot, rows);
        if (result.Status != InferenceStatus.Ok)
        {
            return false;
        }

        if (!RowJoiner.CanSplit(result, rows))
        {
            owner.StopJoining();
            return false;
        }

        outcomes.Ran(rows, result.ComputeDuration);
        var row = 0;
        foreach (var member in slot.Members)
        {
            End(member, RowJoiner.Slice(result, row, member.Rows), started, result.ComputeDuration, rows);
            row += member.Rows;
        }

        return true;
    }

    private InferenceResult RunJoined(RunSlot slot, int rows)
    {
        var started = Stopwatch.GetTimestamp();
        var joined = RowJoiner.Join(slot.Members, rows);
        try
        {
            var result = slot.Run.Run(joined);
            owner.Learn(rows, result, Stopwatch.GetElapsedTime(started));
            return result;
        }
        finally
        {
            foreach (var tensor in joined)
            {
                tensor.Dispose();
            }
        }
    }

    private void RunAlone(RunSlot slot, PendingInference member)
    {
        var started = time.GetTimestamp();
        var clock = Stopwatch.GetTimestamp();
        var result = slot.Run.Run(member.Inputs);
        var rows = Math.Max(1, member.Rows);
        owner.Learn(rows, result, Stopwatch.GetElapsedTime(clock));
        outcomes.Ran(rows, result.ComputeDuration);
        End(member, result, started, result.ComputeDuration, rows);
    }

    private void End(PendingInference member, InferenceResult result, long started, TimeSpan computeDuration, long batchRows)
    {
        result.QueueDuration = time.GetElapsedTime(member.QueuedAt, started);
        result.ComputeDuration = computeDuration;
        result.BatchRows = batchRows;
        outcomes.Dequeued(result.QueueDuration);
        owner.End(member, result);
    }
}
