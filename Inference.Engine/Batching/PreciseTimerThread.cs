using System.Diagnostics;

namespace Slipway.Inference.Engine.Batching;

/// <summary>The thread that fires precise timers. It sleeps until the next one is due and starts with the first timer of the process.</summary>
internal static class PreciseTimerThread
{
    private static readonly Lock Gate = new();
    private static readonly PriorityQueue<(PreciseTimer Timer, long Setting), long> Due = new();
    private static PreciseWait? s_wait; // under Gate

    public static void Set(PreciseTimer timer, TimeSpan dueTime)
    {
        lock (Gate)
        {
            timer.Setting++;
            if (dueTime < TimeSpan.Zero)
            {
                return;
            }

            var due = Stopwatch.GetTimestamp() + (long)(dueTime.TotalSeconds * Stopwatch.Frequency);
            var isNext = !Due.TryPeek(out _, out var next) || due < next;
            Due.Enqueue((timer, timer.Setting), due);
            if (s_wait is null)
            {
                s_wait = new PreciseWait();
                new Thread(Loop) { IsBackground = true, Name = "batch delays" }.UnsafeStart();
            }
            else if (isNext)
            {
                s_wait.Wake();
            }
        }
    }

    private static void Loop()
    {
        var wait = s_wait!;
        while (true)
        {
            PreciseTimer? timer = null;
            TimeSpan? rest = null;
            lock (Gate)
            {
                while (Due.TryPeek(out var next, out var due))
                {
                    if (next.Timer.Setting != next.Setting)
                    {
                        Due.Dequeue();
                        continue;
                    }

                    var now = Stopwatch.GetTimestamp();
                    if (due > now)
                    {
                        rest = Stopwatch.GetElapsedTime(now, due);
                        break;
                    }

                    Due.Dequeue();
                    timer = next.Timer;
                    break;
                }
            }

            if (timer is null)
            {
                wait.Wait(rest);
            }
            else
            {
                timer.Fire();
            }
        }
    }
}
