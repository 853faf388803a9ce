using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.OnnxRuntime;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Models;

/// <summary>
/// A run of a model whose inputs and outputs are all tensors of fixed-size elements. Inputs are read where they are, and outputs are written where callers read them,
/// as soon as their shapes are known from a run before: a warm run allocates nothing but its result.
/// </summary>
internal sealed unsafe class DirectRun : IModelRun
{
    // Of onnxruntime_c_api.h: ORT_INVALID_ARGUMENT.
    private const int InvalidArgument = 2;
    private static readonly TimeSpan ShrinkInterval = TimeSpan.FromSeconds(10);

    private readonly InferenceSession _session;
    private readonly ModelSignature _signature;
    private readonly RunOptions _options = new();

    // Now and then a run gives back what the arena has too much of.
    private readonly RunOptions? _shrinkingOptions;
    private readonly nint _sessionHandle;
    private long _shrunkAt = Stopwatch.GetTimestamp();
    private readonly nint _memoryInfo = OrtMemoryInfo.DefaultInstance.DangerousGetHandle();
    private readonly int _inputCount;
    private readonly int _outputCount;
    private readonly byte** _inputNames;
    private readonly byte** _outputNames;
    private readonly nint* _inputs;
    private readonly nint* _outputs;

    // For an output that is an input by name the runtime hands back the caller's own memory, which may be another request's by the time it is read.
    private readonly bool[] _isInput;
    private readonly long[]?[] _inputShapes;
    private readonly long[]?[] _outputShapes;
    private readonly TensorStorage?[] _storages;
    private bool _shapesFollow = true; // outputs of equal inputs have had equal shapes so far
    private volatile bool _stopped;

    public DirectRun(InferenceSession session, ModelSignature signature)
    {
        _session = session;
        _signature = signature;
        _sessionHandle = OrtApi.HandleOf(session);
        if (OnnxEnvironment.SharesThreadPool)
        {
            _shrinkingOptions = new RunOptions();
            SharedArena.ShrinkAfter(_shrinkingOptions);
        }

        _inputCount = signature.Inputs.Count;
        _outputCount = signature.Outputs.Count;
        _inputNames = Names(signature.Inputs);
        _outputNames = Names(signature.Outputs);
        _inputs = (nint*)NativeMemory.AllocZeroed((nuint)Math.Max(1, _inputCount), (nuint)sizeof(nint));
        _outputs = (nint*)NativeMemory.AllocZeroed((nuint)Math.Max(1, _outputCount), (nuint)sizeof(nint));
        _isInput = [.. signature.Outputs.Select(output => signature.Inputs.Any(input => input.Name == output.Name))];
        _inputShapes = new long[_inputCount][];
        _outputShapes = new long[_outputCount][];
        _storages = new TensorStorage[_outputCount];
    }

    /// <summary>Whether a model can be run this way.</summary>
    public static bool Suits(ModelSignature signature, bool hasClassMaps) =>
        !hasClassMaps && signature.Inputs.Concat(signature.Outputs).All(tensor => tensor.Type != ElementType.Bytes);

    public InferenceResult Run(Tensor[] inputs)
    {
        if (_stopped)
        {
            return Stopped();
        }

        var started = Stopwatch.GetTimestamp();
        var options = OptionsAt(started);
        var knowsShapes = _shapesFollow && HasShapesOfLastRun(inputs);
        var status = RunOnce(inputs, options, knowsShapes);
        if (status != 0 && knowsShapes && !_stopped)
        {
            // Either the values decide about the shapes, or the run fails anyway: without the guess it shows.
            OrtApi.ReleaseStatus(status);
            knowsShapes = false;
            status = RunOnce(inputs, options, false);
            _shapesFollow = status != 0;
        }

        if (status != 0)
        {
            return Failure(status);
        }

        try
        {
            var result = InferenceResult.Succeeded(TakeOutputs(knowsShapes));
            if (!knowsShapes)
            {
                Remember(inputs, result.Outputs);
            }

            result.ComputeDuration = Stopwatch.GetElapsedTime(started);
            return result;
        }
        catch (InvalidDataException e)
        {
            return InferenceResult.NotServed(InferenceStatus.Failed, $"the model failed on this input: {e.Message}");
        }
    }

    public void Stop()
    {
        _stopped = true;
        _options.Terminate = true;
        _shrinkingOptions?.Terminate = true;
    }

    public void Reset()
    {
        _options.Terminate = false;
        _shrinkingOptions?.Terminate = false;
        _stopped = false;
    }

    public void Dispose()
    {
        _options.Dispose();
        _shrinkingOptions?.Dispose();
        Free(_inputNames, _inputCount);
        Free(_outputNames, _outputCount);
        NativeMemory.Free(_inputs);
        NativeMemory.Free(_outputs);
        GC.KeepAlive(_session);
    }

    private static byte** Names(IReadOnlyList<ModelTensor> tensors)
    {
        var names = (byte**)NativeMemory.Alloc((nuint)Math.Max(1, tensors.Count), (nuint)sizeof(byte*));
        for (var i = 0; i < tensors.Count; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(tensors[i].Name + '\0');
            names[i] = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
            bytes.CopyTo(new Span<byte>(names[i], bytes.Length));
        }

        return names;
    }

    private static void Free(byte** names, int count)
    {
        for (var i = 0; i < count; i++)
        {
            NativeMemory.Free(names[i]);
        }

        NativeMemory.Free(names);
    }

    private static InferenceResult Stopped() => InferenceResult.NotServed(InferenceStatus.Cancelled, "the request was cancelled");

    private RunOptions OptionsAt(long now)
    {
        if (_shrinkingOptions is null || Stopwatch.GetElapsedTime(_shrunkAt, now) < ShrinkInterval)
        {
            return _options;
        }

        _shrunkAt = now;
        return _shrinkingOptions;
    }

    private bool HasShapesOfLastRun(Tensor[] inputs)
    {
        // A model without inputs has none to tell that there was no run yet.
        if (Array.Exists(_outputShapes, shape => shape is null))
        {
            return false;
        }

        for (var i = 0; i < inputs.Length; i++)
        {
            if (_inputShapes[i] is not { } shape || !inputs[i].Shape.AsSpan().SequenceEqual(shape))
            {
                return false;
            }
        }

        return true;
    }

    private nint RunOnce(Tensor[] inputs, RunOptions options, bool knowsShapes)
    {
        nint status = 0;
        try
        {
            for (var i = 0; i < inputs.Length && status == 0; i++)
            {
                var input = inputs[i];
                status = Create(input.Address, input.Type, input.Shape, input.ElementCount, &_inputs[i]);
            }

            for (var i = 0; i < _outputCount && status == 0 && knowsShapes; i++)
            {
                if (!_isInput[i])
                {
                    status = Prepare(i);
                }
            }

            if (status == 0)
            {
                status = OrtApi.Run(
                    _sessionHandle,
                    options.DangerousGetHandle(),
                    _inputNames,
                    _inputs,
                    (nuint)_inputCount,
                    _outputNames,
                    (nuint)_outputCount,
                    _outputs
                );
            }

            if (status != 0)
            {
                DropOutputs();
            }

            return status;
        }
        finally
        {
            for (var i = 0; i < _inputCount; i++)
            {
                Release(&_inputs[i]);
            }
        }
    }

    private nint Create(nint address, ElementType type, long[] shape, int count, nint* value)
    {
        fixed (long* dimensions = shape)
        {
            return OrtApi.CreateTensor(
                _memoryInfo,
                address,
                (nuint)((long)count * type.SizeBytes()),
                dimensions,
                (nuint)shape.Length,
                (int)type.ToOnnx(),
                value
            );
        }
    }

    // An output of a known shape is written straight into leased memory.
    private nint Prepare(int output)
    {
        var type = _signature.Outputs[output].Type;
        var shape = _outputShapes[output]!;
        TensorShape.TryCountBytes(type, shape, out var bytes);
        var storage = new PooledStorage(bytes);
        _storages[output] = storage;
        return Create(storage.Address, type, shape, bytes / type.SizeBytes(), &_outputs[output]);
    }

    private void DropOutputs()
    {
        for (var i = 0; i < _outputCount; i++)
        {
            Release(&_outputs[i]);
            _storages[i]?.Release();
            _storages[i] = null;
        }
    }

    private static void Release(nint* value)
    {
        if (*value != 0)
        {
            OrtApi.ReleaseValue(*value);
            *value = 0;
        }
    }

    private Tensor[] TakeOutputs(bool knowsShapes)
    {
        var tensors = new Tensor[_outputCount];
        try
        {
            for (var i = 0; i < _outputCount; i++)
            {
                if (_storages[i] is { } storage)
                {
                    var (type, shape) = (_signature.Outputs[i].Type, _outputShapes[i]!);
                    TensorShape.TryCountElements(shape, out var count);
                    tensors[i] = new Tensor(_signature.Outputs[i].Name, type, shape, count, 0, storage);
                    _storages[i] = null;
                    Release(&_outputs[i]);
                }
                else
                {
                    tensors[i] = TakeAllocated(i);
                }
            }

            return tensors;
        }
        catch
        {
            foreach (var tensor in tensors)
            {
                tensor?.Dispose();
            }

            DropOutputs();
            throw;
        }
    }

    private Tensor TakeAllocated(int output)
    {
        var name = _signature.Outputs[output].Name;
        var (type, shape) = Describe(name, _outputs[output]);
        if (!TensorShape.TryCountBytes(type, shape, out var bytes))
        {
            throw new InvalidDataException($"output '{name}' of shape {TensorShape.Format(shape)} exceeds 2 GiB");
        }

        nint data;
        Check(OrtApi.GetData(_outputs[output], &data));
        var tensor = new Tensor(name, type, shape, bytes / type.SizeBytes(), 0, new NativeValueStorage(_outputs[output], data, bytes));
        _outputs[output] = 0;
        if (!_isInput[output])
        {
            return tensor;
        }

        using (tensor)
        {
            return tensor.Copy();
        }
    }

    private static (ElementType Type, long[] Shape) Describe(string name, nint value)
    {
        nint info;
        Check(OrtApi.GetTypeAndShape(value, &info));
        try
        {
            int onnxType;
            nuint rank;
            Check(OrtApi.GetElementType(info, &onnxType));
            Check(OrtApi.GetRank(info, &rank));
            var shape = new long[(int)rank];
            fixed (long* dimensions = shape)
            {
                Check(OrtApi.GetShape(info, dimensions, rank));
            }

            return ElementTypes.TryFromOnnx((Microsoft.ML.OnnxRuntime.Tensors.TensorElementType)onnxType, out var type)
                ? (type, shape)
                : throw new InvalidDataException($"output '{name}' came back as element type {onnxType}");
        }
        finally
        {
            OrtApi.ReleaseInfo(info);
        }
    }

    private static void Check(nint status)
    {
        if (status != 0)
        {
            var message = OrtApi.ErrorMessage(status);
            OrtApi.ReleaseStatus(status);
            throw new InvalidDataException(message);
        }
    }

    private void Remember(Tensor[] inputs, IReadOnlyList<Tensor> outputs)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            _inputShapes[i] = (long[])inputs[i].Shape.Clone();
        }

        for (var i = 0; i < outputs.Count; i++)
        {
            _outputShapes[i] = outputs[i].Shape;
            // A model may declare one type and give another: what is written into leased memory is what the signature says.
            _shapesFollow &= outputs[i].Type == _signature.Outputs[i].Type;
        }
    }

    private InferenceResult Failure(nint status)
    {
        var (code, message) = (OrtApi.ErrorCode(status), OrtApi.ErrorMessage(status));
        OrtApi.ReleaseStatus(status);
        if (_stopped)
        {
            return Stopped();
        }

        // Values that only the graph can judge, such as an index out of range, are the caller's mistake too.
        var kind = code == InvalidArgument ? InferenceStatus.InvalidInput : InferenceStatus.Failed;
        return InferenceResult.NotServed(kind, $"the model failed on this input: {RuntimeErrors.Text(message, folder: null)}");
    }
}
