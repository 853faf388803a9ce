using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Slipway.Inference.Benchmarks.Servers;

/// <summary>The limit of the runtime: the model in a loop over the runtime's own API, without a server. Prints rows per second and the median microseconds of a run.</summary>
internal static class RawRole
{
    public static int Run(string model, string rows, string callers, string threads, string seconds)
    {
        var invariant = CultureInfo.InvariantCulture;
        using var options = new SessionOptions { IntraOpNumThreads = int.Parse(threads, invariant) };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        using var session = new InferenceSession(model, options);
        var until = TimeSpan.FromSeconds(double.Parse(seconds, invariant));
        var times = new List<double>[int.Parse(callers, invariant)];
        var batch = int.Parse(rows, invariant);
        Measure(session, batch, TimeSpan.FromSeconds(0.5));
        var workers = times.Select((_, i) => new Thread(() => times[i] = Measure(session, batch, until))).ToArray();
        var started = Stopwatch.GetTimestamp();
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var all = times.SelectMany(list => list).Order().ToArray();
        Console.WriteLine(string.Create(invariant, $"RAW {all.Length * batch / elapsed:0.0} {all[all.Length / 2]:0.0}"));
        return 0;
    }

    private static List<double> Measure(InferenceSession session, int rows, TimeSpan until)
    {
        using var run = new RunOptions();
        var names = session.InputNames.ToArray();
        var outputs = session.OutputNames.ToArray();
        var values = names.Select(name => Input(session.InputMetadata[name], rows)).ToArray();
        var times = new List<double>(1 << 20);
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < until)
        {
            var before = Stopwatch.GetTimestamp();
            session.Run(run, names, values, outputs).Dispose();
            times.Add(Stopwatch.GetElapsedTime(before).TotalMicroseconds);
        }

        return times;
    }

    private static OrtValue Input(NodeMetadata metadata, int rows)
    {
        long[] shape = [.. metadata.Dimensions.Select(dimension => dimension < 0 ? rows : (long)dimension)];
        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, metadata.ElementDataType, shape);
        if (metadata.ElementDataType == TensorElementType.Float)
        {
            var random = new Random(1);
            foreach (ref var element in value.GetTensorMutableDataAsSpan<float>())
            {
                element = random.NextSingle();
            }
        }
        else
        {
            value.GetTensorMutableRawData().Clear();
        }

        return value;
    }
}
