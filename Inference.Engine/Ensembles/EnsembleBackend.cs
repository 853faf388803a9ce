using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Ensembles;

/// <summary>
/// Several models as one: tensors flow from step to step in memory, each model joins these requests with its own. It holds its models for as long as it lives. A
/// request's time limit is for all steps together.
/// </summary>
public sealed class EnsembleBackend : IModelBackend
{
    private readonly EnsemblePlan _plan;
    private readonly EnsembleStep[] _steps;
    private readonly TimeProvider _time;
    private readonly Action<LoadedModel, InferenceResult>? _stepEnded;

    /// <summary>
    /// Holds the steps' models; an <see cref="ArgumentException"/> says why the steps make no ensemble. <paramref name="stepEnded"/> is called after each step with
    /// its result, which it does not keep.
    /// </summary>
    public EnsembleBackend(
        ModelSignature signature,
        IReadOnlyList<EnsembleStep> steps,
        TimeProvider time,
        Action<LoadedModel, InferenceResult>? stepEnded = null
    )
    {
        Signature = signature;
        _time = time;
        _stepEnded = stepEnded;
        _steps = [.. steps];
        _plan = new EnsemblePlan(signature, steps);
        for (var i = 0; i < _steps.Length; i++)
        {
            if (!_steps[i].Model.TryHold())
            {
                ReleaseModels(i);
                throw new ArgumentException($"The ensemble's step {_steps[i].Model.Name} is being unloaded.", nameof(steps));
            }
        }
    }

    /// <inheritdoc/>
    public ModelSignature Signature { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Providers => [.. _steps.SelectMany(step => step.Model.Providers).Distinct()];

    /// <inheritdoc/>
    public int QueuedRequests => _steps.Sum(step => step.Model.QueuedRequests);

    /// <inheritdoc/>
    public bool JoinsRequests => _steps.Any(step => step.Model.JoinsRequests);

    /// <inheritdoc/>
    public ValueTask<InferenceResult> InferAsync(
        IReadOnlyList<Tensor> inputs,
        in InferenceCall call,
        CancellationToken cancellationToken
    ) =>
        Signature.TryBind(inputs, out var ordered, out var error)
            ? RunAsync(ordered, call, cancellationToken)
            : new(InferenceResult.NotServed(InferenceStatus.InvalidInput, error));

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        ReleaseModels(_steps.Length);
        return ValueTask.CompletedTask;
    }

    private void ReleaseModels(int count)
    {
        foreach (var step in _steps.AsSpan(0, count))
        {
            step.Model.Release();
        }
    }

    private async ValueTask<InferenceResult> RunAsync(Tensor[] inputs, InferenceCall call, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var flow = inputs.ToDictionary(input => input.Name, input => input.Share(), StringComparer.Ordinal);
        var (queued, computed) = (TimeSpan.Zero, TimeSpan.Zero);
        try
        {
            foreach (var stage in _plan.Stages)
            {
                var results = await RunStageAsync(
                    stage,
                    flow,
                    call with
                    {
                        TimeLimit = call.TimeLimit - _time.GetElapsedTime(started),
                    },
                    cancellationToken
                );
                try
                {
                    if (Array.Find(results, result => result.Status != InferenceStatus.Ok) is { } failed)
                    {
                        var step = stage[Array.IndexOf(results, failed)];
                        return InferenceResult.NotServed(failed.Status, $"step {step.Model.Name}: {failed.Error}", failed.RetryAfter);
                    }

                    Collect(stage, results, flow);
                    queued += results.Max(result => result.QueueDuration);
                    computed += results.Max(result => result.ComputeDuration);
                }
                finally
                {
                    Array.ForEach(results, result => result.Dispose());
                }
            }

            var answer = InferenceResult.Succeeded([.. Signature.Outputs.Select(output => flow[output.Name].Share())]);
            answer.QueueDuration = queued;
            answer.ComputeDuration = computed;
            answer.BatchRows = Math.Max(1, PendingInference.CountRows(inputs));
            return answer;
        }
        finally
        {
            foreach (var tensor in flow.Values)
            {
                tensor.Dispose();
            }
        }
    }

    private Task<InferenceResult[]> RunStageAsync(
        IReadOnlyList<EnsembleStep> stage,
        Dictionary<string, Tensor> flow,
        InferenceCall call,
        CancellationToken cancellationToken
    ) => Task.WhenAll(stage.Select(step => RunStepAsync(step, flow, call, cancellationToken)));

    private async Task<InferenceResult> RunStepAsync(
        EnsembleStep step,
        Dictionary<string, Tensor> flow,
        InferenceCall call,
        CancellationToken cancellationToken
    )
    {
        Tensor[] inputs = [.. step.Model.Signature.Inputs.Select(input => flow[step.Inputs[input.Name]].ShareAs(input.Name))];
        try
        {
            var result = await step.Model.InferAsync(inputs, call, cancellationToken);
            _stepEnded?.Invoke(step.Model, result);
            return result;
        }
        finally
        {
            foreach (var input in inputs)
            {
                input.Dispose();
            }
        }
    }

    private static void Collect(IReadOnlyList<EnsembleStep> stage, InferenceResult[] results, Dictionary<string, Tensor> flow)
    {
        for (var i = 0; i < stage.Count; i++)
        {
            foreach (var output in results[i].Outputs)
            {
                if (stage[i].Outputs.TryGetValue(output.Name, out var name))
                {
                    flow.Add(name, output.ShareAs(name));
                }
            }
        }
    }
}
