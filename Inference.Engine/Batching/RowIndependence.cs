using System.Diagnostics;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Batching;

/// <summary>
/// Finds out whether a model treats the rows of its inputs one by one, by running the same rows apart and together. A softmax over the first dimension, a mean over
/// it, or a sequence that lies along it gives itself away; only then may requests of different callers be joined without being told to.
/// </summary>
public static class RowIndependence
{
    private const int Rows = 3;
    private const int Seed = 20_260;
    private static readonly double[] Scales = [1, 30, 0.01];
    private static readonly int[] Sizes = [4, 1, 16];
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// True when the signature allows joining and no trial showed a difference, with at least one trial that ran. Costs a few runs; a slow model is tried once, and one
    /// that takes more than seconds is not shown to be anything.
    /// </summary>
    public static bool IsShown(IModelRunner runner, CancellationToken cancellationToken = default)
    {
        if (!runner.Signature.RowsCanBeJoined)
        {
            return false;
        }

        using var run = runner.OpenRun();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        // Disposed before the run: a callback under way is waited for.
        using var registration = limit.Token.UnsafeRegister(static state => ((IModelRun)state!).Stop(), run);
        var random = new Random(Seed);
        var started = Stopwatch.GetTimestamp();
        var shown = false;
        foreach (var size in Sizes)
        {
            foreach (var scale in Scales)
            {
                var outcome = Try(run, runner.Signature, size, scale, random);
                if (outcome == Outcome.RowsMix || limit.IsCancellationRequested)
                {
                    return false;
                }

                shown |= outcome == Outcome.RowsAreApart;
                if (shown && Stopwatch.GetElapsedTime(started) > Budget)
                {
                    return true;
                }
            }
        }

        return shown;
    }

    private enum Outcome
    {
        DidNotRun,
        RowsMix,
        RowsAreApart,
    }

    private static Outcome Try(IModelRun run, ModelSignature signature, int size, double scale, Random random)
    {
        var inputs = new Tensor[signature.Inputs.Count];
        try
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                if (Fill(signature.Inputs[i], size, scale, random) is not { } tensor)
                {
                    return Outcome.DidNotRun;
                }

                inputs[i] = tensor;
            }

            using var together = run.Run(inputs);
            if (together.Status != InferenceStatus.Ok)
            {
                return Outcome.DidNotRun;
            }

            if (!RowJoiner.CanSplit(together, Rows))
            {
                return Outcome.RowsMix;
            }

            for (var row = 0; row < Rows; row++)
            {
                var outcome = CompareRow(run, inputs, together, row);
                if (outcome != Outcome.RowsAreApart)
                {
                    return outcome;
                }
            }

            return Outcome.RowsAreApart;
        }
        finally
        {
            foreach (var input in inputs)
            {
                input?.Dispose();
            }
        }
    }

    private static Outcome CompareRow(IModelRun run, Tensor[] inputs, InferenceResult together, int row)
    {
        var single = Array.ConvertAll(inputs, input => input.SliceRows(row, 1));
        try
        {
            using var apart = run.Run(single);
            if (apart.Status != InferenceStatus.Ok)
            {
                return Outcome.DidNotRun;
            }

            if (!RowJoiner.CanSplit(apart, 1))
            {
                return Outcome.RowsMix;
            }

            for (var i = 0; i < apart.Outputs.Count; i++)
            {
                using var slice = together.Outputs[i].SliceRows(row, 1);
                if (!AreClose(slice, apart.Outputs[i]))
                {
                    return Outcome.RowsMix;
                }
            }

            return Outcome.RowsAreApart;
        }
        finally
        {
            foreach (var tensor in single)
            {
                tensor.Dispose();
            }
        }
    }

    private static Tensor? Fill(ModelTensor input, int size, double scale, Random random)
    {
        var shape = input
            .Shape.Select(
                (dimension, axis) =>
                    axis == 0 ? Rows
                    : dimension < 0 ? size
                    : dimension
            )
            .ToArray();
        if (input.Type == ElementType.Bytes)
        {
            return TensorShape.TryCountElements(shape, out var count)
                ? Tensor.FromStrings(input.Name, [.. Enumerable.Range(0, count).Select(_ => $"{random.Next(10)}")], shape)
                : null;
        }

        if (!TensorShape.TryCountBytes(input.Type, shape, out _))
        {
            return null;
        }

        var tensor = Tensor.Rent(input.Name, input.Type, shape);
        for (var i = 0; i < tensor.ElementCount; i++)
        {
            // Whole numbers are mostly indexes or flags, and small ones are in range.
            var value = input.Type is ElementType.Fp16 or ElementType.Bf16 or ElementType.Fp32 or ElementType.Fp64
                ? ((random.NextDouble() * 2) - 0.5) * scale
                : random.Next(2);
            TensorNumbers.TryWrite(tensor, i, value);
        }

        return tensor;
    }

    // The runtime adds in another order when there are more rows: equal up to that.
    private static bool AreClose(Tensor one, Tensor other)
    {
        if (one.Type != other.Type || !one.Shape.AsSpan().SequenceEqual(other.Shape))
        {
            return false;
        }

        if (one.Type == ElementType.Bytes)
        {
            for (var i = 0; i < one.ElementCount; i++)
            {
                if (!one.Strings[i].Span.SequenceEqual(other.Strings[i].Span))
                {
                    return false;
                }
            }

            return true;
        }

        var tolerance = one.Type switch
        {
            ElementType.Fp16 or ElementType.Bf16 => 0.02,
            ElementType.Fp32 or ElementType.Fp64 => 1e-3,
            _ => 0,
        };
        for (var i = 0; i < one.ElementCount; i++)
        {
            var (a, b) = (TensorNumbers.Read(one, i), TensorNumbers.Read(other, i));
            if (!a.Equals(b) && !(Math.Abs(a - b) <= tolerance * (1e-3 + Math.Max(Math.Abs(a), Math.Abs(b)))))
            {
                return false;
            }
        }

        return true;
    }
}
