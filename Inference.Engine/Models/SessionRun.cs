using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Models;

/// <summary>The native state of one run of a session at a time.</summary>
internal sealed class SessionRun : IModelRun
{
    private readonly InferenceSession _session;
    private readonly ModelSignature _signature;
    private readonly RunOptions _options = new();
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly OrtValue?[] _values;

    // For an output that is an input by name the runtime hands back the caller's own memory, which may be another request's by the time it is read.
    private readonly bool[] _isInput;
    private volatile bool _stopped;

    public SessionRun(InferenceSession session, ModelSignature signature)
    {
        _session = session;
        _signature = signature;
        _inputNames = [.. signature.Inputs.Select(input => input.Name)];
        _outputNames = [.. signature.Outputs.Select(output => output.Name)];
        _isInput = [.. _outputNames.Select(name => _inputNames.Contains(name, StringComparer.Ordinal))];
        _values = new OrtValue[_inputNames.Length];
    }

    public InferenceResult Run(Tensor[] inputs)
    {
        if (_stopped)
        {
            return Stopped();
        }

        try
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                _values[i] = OrtValues.From(inputs[i]);
            }

            var started = Stopwatch.GetTimestamp();
            var outputs = _session.Run(_options, _inputNames, _values!, _outputNames);
            var result = InferenceResult.Succeeded(ToTensors(outputs));
            result.ComputeDuration = Stopwatch.GetElapsedTime(started);
            return result;
        }
        catch (Exception e) when (e is OnnxRuntimeException or InvalidDataException)
        {
            return Failure(e);
        }
        finally
        {
            for (var i = 0; i < _values.Length; i++)
            {
                _values[i]?.Dispose();
                _values[i] = null;
            }
        }
    }

    public void Stop()
    {
        _stopped = true;
        _options.Terminate = true;
    }

    public void Reset()
    {
        _options.Terminate = false;
        _stopped = false;
    }

    public void Dispose() => _options.Dispose();

    private static InferenceResult Stopped() => InferenceResult.NotServed(InferenceStatus.Cancelled, "the request was cancelled");

    private InferenceResult Failure(Exception error)
    {
        if (_stopped)
        {
            return Stopped();
        }

        // Values that only the graph can judge, such as an index out of range, are the caller's mistake too.
        var status = RuntimeErrors.Code(error) == "InvalidArgument" ? InferenceStatus.InvalidInput : InferenceStatus.Failed;
        return InferenceResult.NotServed(status, $"the model failed on this input: {RuntimeErrors.Text(error, folder: null)}");
    }

    // The tensors own the values afterwards; only when one cannot be made is the collection disposed as a whole.
    private Tensor[] ToTensors(IDisposableReadOnlyCollection<OrtValue> outputs)
    {
        var tensors = new Tensor[outputs.Count];
        var i = 0;
        try
        {
            foreach (var output in outputs)
            {
                tensors[i] = OrtValues.ToTensor(_signature.Outputs[i], output);
                if (_isInput[i])
                {
                    using var shared = tensors[i];
                    tensors[i] = shared.Copy();
                }

                i++;
            }

            return tensors;
        }
        catch
        {
            foreach (var tensor in tensors)
            {
                tensor?.Dispose();
            }

            outputs.Dispose();
            throw;
        }
    }
}
