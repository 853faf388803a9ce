namespace Slipway.Registry.Benchmarks.Measuring;

/// <summary>Closed-loop load: each client calls again as soon as its last call is answered.</summary>
internal static class Load
{
    /// <summary>Calls with the client's number and the number of its call, which grows over all rounds; a third of a round goes before as warm-up.</summary>
    public static async Task<Measurement> MeasureAsync(int clients, TimeSpan round, Func<int, int, Task> call)
    {
        await RunAsync(clients, round / 3, call);
        return await RunAsync(clients, round, call);
    }

    private static async Task<Measurement> RunAsync(int clients, TimeSpan length, Func<int, int, Task> call)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        var latencies = await Task.WhenAll(
            Enumerable
                .Range(0, clients)
                .Select(client =>
                    Task.Run(async () =>
                    {
                        var own = new List<double>();
                        while (time.GetElapsedTime(start) < length)
                        {
                            var began = time.GetTimestamp();
                            await call(client, CallNumber.Next());
                            own.Add(time.GetElapsedTime(began).TotalMilliseconds);
                        }
                        return own;
                    })
                )
        );
        var elapsed = time.GetElapsedTime(start).TotalSeconds;
        var all = latencies.SelectMany(own => own).Order().ToArray();
        return new Measurement(all.Length / elapsed, all[all.Length / 2], all[(int)(all.Length * 0.99)]);
    }
}
