namespace Slipway.Inference.Engine.Batching;

/// <summary>
/// Threads for runs that take long: on the thread pool they would keep the threads that read requests, answer probes and fire timers. As many as there are such runs
/// at once, which the models' concurrent runs bound; idle ones end.
/// </summary>
internal static class RunThreads
{
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);
    private static readonly object Gate = new();
    private static readonly Queue<IThreadPoolWorkItem> Work = new();
    private static int s_idle; // under Gate

    public static void Queue(IThreadPoolWorkItem item)
    {
        lock (Gate)
        {
            Work.Enqueue(item);
            if (s_idle >= Work.Count)
            {
                Monitor.Pulse(Gate);
                return;
            }
        }

        new Thread(Loop) { IsBackground = true, Name = "model run" }.UnsafeStart();
    }

    private static void Loop()
    {
        while (Take() is { } item)
        {
            item.Execute();
        }
    }

    private static IThreadPoolWorkItem? Take()
    {
        lock (Gate)
        {
            s_idle++;
            try
            {
                while (Work.Count == 0)
                {
                    if (!Monitor.Wait(Gate, IdleLimit) && Work.Count == 0)
                    {
                        return null;
                    }
                }

                return Work.Dequeue();
            }
            finally
            {
                s_idle--;
            }
        }
    }
}
