using System.Diagnostics;
using Slipway.Contracts.Vetting;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Vetting;

/// <summary>
/// Examines a model from the harmless to the daring: bytes, structure, external data, load, run, timed runs. It is meant for a process of its own, since a hostile
/// graph can take all time and memory there is; <see cref="VettingProcess"/> guards it.
/// </summary>
internal static class ModelVetter
{
    // At least so many runs are timed where time allows, and more while they are quick: the 99th percentile of twenty is their maximum.
    private const int FewRuns = 20;
    private const int ManyRuns = 200;
    private static readonly TimeSpan QuickRuns = TimeSpan.FromSeconds(1);

    /// <summary>Examines; every finding about the model is in the report. <paramref name="progress"/> always holds what is known so far.</summary>
    public static VettingReport Vet(VettingOptions options, VettingProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            progress.Report = progress.Report with { RuntimeVersion = ModelSession.RuntimeVersion };
            var path = ModelLocator.Locate(options.ModelPath);
            ExamineFiles(path, progress);
            if (progress.Report.Problems.Count > 0)
            {
                return progress.Report;
            }

            using var session = ModelSession.Load(path, new ModelSessionOptions(), cancellationToken: cancellationToken);
            progress.Report = progress.Report with
            {
                Inputs = Describe(session.Signature.Inputs),
                Outputs = Describe(session.Signature.Outputs),
                Provider = session.Providers[0],
                AvailableProviders = [.. Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetAvailableProviders()],
                RunOn = options.ExamplePath is null ? "zeros" : "example",
                Warnings = [.. progress.Report.Warnings, .. ModelWarnings.Of(session.Signature, progress.Report, options)],
            };
            Run(session, options, progress, cancellationToken);
            var report = progress.Report with { PeakMemoryBytes = ProcessMemory.PeakBytes() };
            return report with { Status = report.Problems.Count == 0 ? "passed" : "failed" };
        }
        catch (ModelLoadException e)
        {
            return progress.FailedWith(e.Code, e.Message);
        }
        catch (OperationCanceledException)
        {
            return TimedOut(options, progress);
        }
    }

    public static VettingReport TimedOut(VettingOptions options, VettingProgress progress) =>
        progress.FailedWith(
            VettingCodes.TimeLimit,
            $"The examination was stopped after {options.TimeLimit.TotalSeconds:0} seconds: the model takes too long to load or to run."
        );

    private static void ExamineFiles(string path, VettingProgress progress)
    {
        ModelFileFormat.Refuse(path);
        var folder = Path.GetDirectoryName(path)!;
        var external = ExternalDataFiles.Resolve(folder, ExternalDataScanner.Scan(path));
        progress.Report = GraphOutlineReader.Read(path, progress.Report) with
        {
            SizeBytes = new FileInfo(path).Length + external.Sum(file => new FileInfo(file).Length),
            ExternalFiles = [.. external.Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))],
        };
    }

    private static IReadOnlyList<TensorSpec> Describe(IReadOnlyList<ModelTensor> tensors) =>
        [.. tensors.Select(tensor => new TensorSpec(tensor.Name, tensor.Type.WireName(), tensor.Shape))];

    private static void Run(ModelSession session, VettingOptions options, VettingProgress progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<Tensor> inputs;
        try
        {
            inputs = options.ExamplePath is { } example
                ? InputExample.Read(example, session.Signature)
                : ExampleInputs.Zeros(session.Signature);
        }
        catch (InvalidDataException e)
        {
            progress.Report = progress.FailedWith(VettingCodes.InputExample, $"The input example cannot be used: {e.Message}.");
            return;
        }

        try
        {
            RunTimed(session, inputs, options, progress, cancellationToken);
        }
        finally
        {
            foreach (var input in inputs)
            {
                input.Dispose();
            }
        }
    }

    private static void RunTimed(
        ModelSession session,
        IReadOnlyList<Tensor> inputs,
        VettingOptions options,
        VettingProgress progress,
        CancellationToken cancellationToken
    )
    {
        using (var first = session.Run(inputs, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (first.Status != InferenceStatus.Ok)
            {
                var advice = options.ExamplePath is null ? " It was run on zeros: register it with an input example that suits it." : "";
                progress.Report = progress.FailedWith(VettingCodes.RunFailed, $"{first.Error}.{advice}");
                return;
            }

            if (first.Outputs.Any(HasNaN))
            {
                progress.Report = progress.Report with { Warnings = [.. progress.Report.Warnings, "An output holds NaN on the example."] };
            }
        }

        var milliseconds = Measure(session, inputs, options, cancellationToken);
        progress.Report = progress.Report with
        {
            LatencyMsP50 = Percentile(milliseconds, 0.50),
            LatencyMsP99 = Percentile(milliseconds, 0.99),
            LatencyRuns = milliseconds.Count,
            Warnings =
                milliseconds.Count >= FewRuns
                    ? progress.Report.Warnings
                    : [.. progress.Report.Warnings, $"The latency is of {milliseconds.Count} runs only: each is slow."],
        };
    }

    /// <summary>Times of single runs, sorted.</summary>
    private static List<double> Measure(
        ModelSession session,
        IReadOnlyList<Tensor> inputs,
        VettingOptions options,
        CancellationToken cancellationToken
    )
    {
        var started = Stopwatch.GetTimestamp();
        var milliseconds = new List<double>(ManyRuns);
        while (milliseconds.Count == 0 || IsTimeForMore(milliseconds.Count, Stopwatch.GetElapsedTime(started), options))
        {
            var runStarted = Stopwatch.GetTimestamp();
            using var result = session.Run(inputs, cancellationToken);
            milliseconds.Add(Stopwatch.GetElapsedTime(runStarted).TotalMilliseconds);
            cancellationToken.ThrowIfCancellationRequested();
        }

        milliseconds.Sort();
        return milliseconds;
    }

    private static bool IsTimeForMore(int runs, TimeSpan elapsed, VettingOptions options) =>
        runs < ManyRuns && elapsed < options.TimeLimit / 3 && (runs < FewRuns || elapsed < QuickRuns);

    private static double Percentile(List<double> sorted, double share) => sorted[(int)Math.Ceiling(share * sorted.Count) - 1];

    private static bool HasNaN(Tensor tensor)
    {
        if (tensor.Type is not (ElementType.Fp16 or ElementType.Bf16 or ElementType.Fp32 or ElementType.Fp64))
        {
            return false;
        }

        for (var i = 0; i < tensor.ElementCount; i++)
        {
            if (double.IsNaN(TensorNumbers.Read(tensor, i)))
            {
                return true;
            }
        }

        return false;
    }
}
