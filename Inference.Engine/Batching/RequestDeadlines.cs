using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Engine.Batching;

/// <summary>Finds the requests whose time is over, among those that wait and those that run. The batcher's lock guards it.</summary>
internal sealed class RequestDeadlines(RunSchedule schedule, EarliestTimer timer)
{
    /// <summary>Looks when <paramref name="deadline"/> has passed, at the latest.</summary>
    public void Arm(long deadline, long now) => timer.Arm(deadline, now);

    /// <summary>
    /// Lists what is late in <paramref name="late"/> and stops the runs that callers wait for on their own threads. A request that may wait on goes behind the others.
    /// </summary>
    public void Sweep(long now, List<PendingInference> late)
    {
        timer.Fired();
        var next = long.MaxValue;
        foreach (var request in schedule.Waiting.All.ToArray())
        {
            if (request.QueueDeadline <= now && request.WaitsOn)
            {
                request.QueueDeadline = long.MaxValue;
                schedule.Waiting.PutBehind(request);
            }

            Sort(request, Math.Min(request.Deadline, request.QueueDeadline), now, late, ref next);
        }

        foreach (var slot in schedule.Slots)
        {
            foreach (var member in slot.Members)
            {
                if (!member.HasEnded)
                {
                    Sort(member, member.Deadline, now, late, ref next);
                }
            }

            if (slot.OwnDeadline <= now)
            {
                slot.StopOwn(InferenceStatus.DeadlineExceeded);
            }
            else
            {
                next = Math.Min(next, slot.OwnDeadline);
            }
        }

        Arm(next, now);
    }

    private static void Sort(PendingInference request, long deadline, long now, List<PendingInference> late, ref long next)
    {
        if (deadline > now)
        {
            next = Math.Min(next, deadline);
        }
        else
        {
            late.Add(request);
        }
    }
}
