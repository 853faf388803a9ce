using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Sequences;

/// <summary>
/// A model with implicit state: what it writes to its state outputs is read from its state inputs on the next request of the same sequence. Callers see neither.
/// </summary>
internal sealed class SequenceBackend : IModelBackend
{
    private readonly IModelBackend _inner;
    private readonly SequenceSettings _settings;
    private readonly SequenceStore _store;
    private readonly int[] _visibleOutputs;
    private readonly int[] _stateOutputs;
    private readonly ModelTensor[] _stateInputs;
    private readonly ModelTensor[] _controlInputs;

    /// <summary>Throws an <see cref="ArgumentException"/> when the settings name inputs or outputs that the model does not have, or pairs that do not match.</summary>
    public SequenceBackend(IModelBackend inner, SequenceSettings settings, TimeProvider time)
    {
        _inner = inner;
        _settings = settings;
        var (inputs, outputs) = (inner.Signature.Inputs, inner.Signature.Outputs);
        _stateInputs = [.. settings.States.Select(pair => Find(inputs, pair.Input, "input"))];
        var stateOutputs = settings.States.Select(pair => Find(outputs, pair.Output, "output")).ToArray();
        for (var i = 0; i < stateOutputs.Length; i++)
        {
            if (stateOutputs[i].Type != _stateInputs[i].Type)
            {
                throw new ArgumentException(
                    $"State output '{stateOutputs[i].Name}' and input '{_stateInputs[i].Name}' differ in type.",
                    nameof(settings)
                );
            }
        }

        _controlInputs = [.. settings.Controls.Select(control => Find(inputs, control.Input, "input"))];
        foreach (var (control, input) in settings.Controls.Zip(_controlInputs))
        {
            ControlTensor.Check(control, input);
        }

        for (var i = 0; i < _stateInputs.Length; i++)
        {
            // Here, and not with the first request: what does not fit never will.
            using var initial = Initial(_stateInputs[i], settings.States[i]);
        }

        _stateOutputs = [.. stateOutputs.Select(output => IndexOf(outputs, output))];
        _visibleOutputs = [.. Enumerable.Range(0, outputs.Count).Except(_stateOutputs)];
        Signature = new ModelSignature([.. inputs.Except(_stateInputs).Except(_controlInputs)], [.. outputs.Except(stateOutputs)]);
        _store = new SequenceStore(settings.MaxSequences, settings.IdleLimit, time);
    }

    public ModelSignature Signature { get; }

    public IReadOnlyList<string> Providers => _inner.Providers;

    public int QueuedRequests => _inner.QueuedRequests;

    public bool JoinsRequests => _inner.JoinsRequests;

    public bool KeepsState => _store.Count > 0;

    /// <summary>Sequences that are remembered now.</summary>
    public int Sequences => _store.Count;

    public ValueTask<InferenceResult> InferAsync(IReadOnlyList<Tensor> inputs, in InferenceCall call, CancellationToken cancellationToken)
    {
        if (!Signature.TryBind(inputs, out var ordered, out var error))
        {
            return Refuse(error);
        }

        if (call.Sequence is not { CorrelationId.Length: > 0 } step)
        {
            return Refuse("a request to this model must name its sequence: parameter sequence_id");
        }

        if (_store.TryEnter(step.CorrelationId, step.Starts, out var state, out var isFull))
        {
            return RunAsync(ordered, call, step, state, cancellationToken);
        }

        return isFull
            ? new(
                InferenceResult.NotServed(
                    InferenceStatus.QueueFull,
                    $"{_settings.MaxSequences} sequences are under way, and no more are kept"
                )
            )
            : Refuse($"sequence '{Printable(step.CorrelationId)}' is not known: its first request must say sequence_start");
    }

    public async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync();
        _store.Dispose();
    }

    private static ModelTensor Find(IReadOnlyList<ModelTensor> tensors, string name, string direction) =>
        tensors.FirstOrDefault(tensor => tensor.Name == name)
        ?? throw new ArgumentException($"The model has no {direction} '{name}' that its sequences name.", nameof(name));

    private static int IndexOf(IReadOnlyList<ModelTensor> tensors, ModelTensor tensor)
    {
        var index = 0;
        while (!ReferenceEquals(tensors[index], tensor))
        {
            index++;
        }

        return index;
    }

    private static ValueTask<InferenceResult> Refuse(string error) => new(InferenceResult.NotServed(InferenceStatus.InvalidInput, error));

    private static string Printable(string text) => new([.. text.Take(100).Select(c => char.IsControl(c) ? '?' : c)]);

    private async ValueTask<InferenceResult> RunAsync(
        Tensor[] inputs,
        InferenceCall call,
        SequenceStep step,
        SequenceState state,
        CancellationToken cancellationToken
    )
    {
        var ended = false;
        try
        {
            await state.Turn.WaitAsync(cancellationToken);
            try
            {
                var result = await RunInTurnAsync(inputs, call, step, state, cancellationToken);
                // A request that failed has not moved the sequence on; its caller may send it again.
                ended = step.Ends && result.Status == InferenceStatus.Ok;
                return result;
            }
            finally
            {
                state.Turn.Release();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return InferenceResult.NotServed(InferenceStatus.Cancelled, "the request was cancelled");
        }
        finally
        {
            _store.Leave(step.CorrelationId, state, ended);
        }
    }

    private async ValueTask<InferenceResult> RunInTurnAsync(
        Tensor[] inputs,
        InferenceCall call,
        SequenceStep step,
        SequenceState state,
        CancellationToken cancellationToken
    )
    {
        if (state.Tensors is null)
        {
            state.Replace([.. _settings.States.Select((pair, i) => Initial(_stateInputs[i], pair))]);
        }

        var rows = Math.Max(1, PendingInference.CountRows(inputs));
        var controls = new Tensor[_controlInputs.Length];
        InferenceResult result;
        try
        {
            for (var i = 0; i < controls.Length; i++)
            {
                if (!ControlTensor.TryCreate(_settings.Controls[i], _controlInputs[i], step, rows, out controls[i]!))
                {
                    return InferenceResult.NotServed(
                        InferenceStatus.InvalidInput,
                        $"sequence_id '{Printable(step.CorrelationId)}' is no number of type {_controlInputs[i].Type.WireName()}, as the model's input '{_controlInputs[i].Name}' needs"
                    );
                }
            }

            result = await _inner.InferAsync([.. inputs, .. state.Tensors!, .. controls], call, cancellationToken);
        }
        finally
        {
            foreach (var control in controls)
            {
                control?.Dispose();
            }
        }

        if (result.Status != InferenceStatus.Ok)
        {
            return result;
        }

        var next = new Tensor[_stateOutputs.Length];
        for (var i = 0; i < next.Length; i++)
        {
            using var output = result.Outputs[_stateOutputs[i]];
            // A copy: the output may be a slice of a whole batch, which would stay in memory with it.
            using var copy = output.Copy();
            next[i] = copy.ShareAs(_stateInputs[i].Name);
        }

        state.Replace(next);
        return result.WithOutputs([.. _visibleOutputs.Select(index => result.Outputs[index])]);
    }

    private static Tensor Initial(ModelTensor input, StatePair pair)
    {
        long[] dimensions = [.. pair.InitialShape ?? input.Shape.Select(dimension => dimension < 0 ? 1 : dimension)];
        if (input.Type == ElementType.Bytes)
        {
            TensorShape.TryCountElements(dimensions, out var count);
            return Tensor.FromStrings(input.Name, new ReadOnlyMemory<byte>[count], dimensions);
        }

        var tensor = Tensor.Rent(input.Name, input.Type, dimensions);
        tensor.RawBytes.Clear();
        if (pair.InitialBytes is { } bytes)
        {
            if (bytes.Length != tensor.RawBytes.Length)
            {
                var expected = tensor.RawBytes.Length;
                tensor.Dispose();
                throw new ArgumentException(
                    $"The initial state of '{input.Name}' has {bytes.Length} bytes and needs {expected}.",
                    nameof(pair)
                );
            }

            bytes.CopyTo(tensor.RawBytes);
        }

        return tensor;
    }
}
