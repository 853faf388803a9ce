using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;
using Slipway.Inference.Engine.Telemetry;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Models;

/// <summary>
/// An ONNX model opened from a file, ready to run. It owns the native session: whoever disposes it makes sure that no run is under way
/// (<see cref="Serving.LoadedModel"/> does so by counting).
/// </summary>
public sealed class ModelSession : IModelRunner, IDisposable
{
    private readonly InferenceSession _session;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;

    // For an output that is an input by name the runtime hands back the caller's own memory, which may be another request's by the time it is read.
    private readonly bool[] _isInput;

    private ModelSession(
        InferenceSession session,
        ModelSignature signature,
        IReadOnlyList<string> providers,
        IReadOnlyList<string> externalFiles
    )
    {
        _session = session;
        Signature = signature;
        Providers = providers;
        ExternalFiles = externalFiles;
        _inputNames = [.. signature.Inputs.Select(input => input.Name)];
        _outputNames = [.. signature.Outputs.Select(output => output.Name)];
        _isInput = [.. _outputNames.Select(name => _inputNames.Contains(name, StringComparer.Ordinal))];
    }

    /// <inheritdoc/>
    public ModelSignature Signature { get; }

    /// <summary>The execution providers in use, in order of preference; the last is always <c>cpu</c>.</summary>
    public IReadOnlyList<string> Providers { get; }

    /// <summary>Full paths of the external data files.</summary>
    public IReadOnlyList<string> ExternalFiles { get; }

    /// <summary>The properties that the model's writer put into the file (ONNX <c>metadata_props</c>).</summary>
    public IReadOnlyDictionary<string, string> Properties => _session.ModelMetadata.CustomMetadataMap;

    /// <summary>Version of the native runtime.</summary>
    public static string RuntimeVersion => OnnxEnvironment.RuntimeVersion;

    /// <summary>
    /// Opens a model file. Before the native runtime sees it, formats that carry code are refused and external data is confined to the file's folder. A model that
    /// cannot be opened is a <see cref="ModelLoadException"/>. Cancellation stops a long load where the runtime checks for it.
    /// </summary>
    public static ModelSession Load(
        string path,
        ModelSessionOptions options,
        ILogger? logger = null,
        EngineMetrics? metrics = null,
        CancellationToken cancellationToken = default
    )
    {
        path = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(path)!;
        ModelFileFormat.Refuse(path);
        var externalFiles = ExternalDataFiles.Resolve(folder, ExternalDataScanner.Scan(path));
        var (_session, providers) = Open(path, folder, options, logger ?? NullLogger.Instance, metrics, cancellationToken);
        try
        {
            return new ModelSession(_session, SignatureReader.Read(_session), providers, externalFiles);
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public InferenceResult Run(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        if (!Signature.TryBind(inputs, out var ordered, out var error))
        {
            return InferenceResult.NotServed(InferenceStatus.InvalidInput, error);
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return InferenceResult.NotServed(InferenceStatus.Cancelled, "the request was cancelled");
        }

        using var runOptions = new RunOptions();
        var values = new OrtValue[ordered.Length];
        // Disposed before the run options: a callback under way is waited for.
        using var registration = cancellationToken.UnsafeRegister(static state => ((RunOptions)state!).Terminate = true, runOptions);
        try
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = OrtValues.From(ordered[i]);
            }

            var started = Stopwatch.GetTimestamp();
            var outputs = _session.Run(runOptions, _inputNames, values, _outputNames);
            var result = InferenceResult.Succeeded(ToTensors(outputs));
            result.ComputeDuration = Stopwatch.GetElapsedTime(started);
            return result;
        }
        catch (Exception e) when (e is OnnxRuntimeException or InvalidDataException)
        {
            return Failure(e, cancellationToken);
        }
        finally
        {
            foreach (var value in values)
            {
                value?.Dispose();
            }
        }
    }

    /// <summary>Runs once on zeros, so that the first caller does not pay for lazy set-up. The outcome is informative: zeros may be nonsense to a model.</summary>
    public InferenceResult WarmUp(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<Tensor> inputs;
        try
        {
            inputs = ExampleInputs.Zeros(Signature);
        }
        catch (InvalidDataException e)
        {
            return InferenceResult.NotServed(InferenceStatus.InvalidInput, e.Message);
        }

        try
        {
            return Run(inputs, cancellationToken);
        }
        finally
        {
            foreach (var input in inputs)
            {
                input.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private static (InferenceSession Session, IReadOnlyList<string> Providers) Open(
        string path,
        string folder,
        ModelSessionOptions options,
        ILogger logger,
        EngineMetrics? metrics,
        CancellationToken cancellationToken
    )
    {
        using var settings = SessionSettings.Create(options);
        var gpu = ExecutionProviders.Append(settings, options, logger, metrics);
        if (gpu.Count > 0)
        {
            try
            {
                return (Create(path, settings, cancellationToken), [.. gpu, ProviderNames.Cpu]);
            }
            catch (OnnxRuntimeException e) when (!options.RequireGpu && !cancellationToken.IsCancellationRequested)
            {
                // The provider's library is there, but its device or driver is not. If the model itself is at fault, the processor refuses it too.
                ExecutionProviders.ReportFallback(gpu[0], ProviderNames.Cpu, e, logger, metrics);
            }
            catch (OnnxRuntimeException e)
            {
                throw new ModelLoadException(ModelLoadCodes.GpuRequired, $"A GPU is required: {RuntimeErrors.Text(e, folder)}", e);
            }
        }
        else if (options.RequireGpu)
        {
            throw new ModelLoadException(
                ModelLoadCodes.GpuRequired,
                $"A GPU is required, but none of the providers {string.Join(", ", options.Providers)} can be had on this machine."
            );
        }

        using var cpuSettings = SessionSettings.Create(options);
        try
        {
            return (Create(path, cpuSettings, cancellationToken), [ProviderNames.Cpu]);
        }
        catch (OnnxRuntimeException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw RuntimeErrors.LoadFailure(e, folder);
        }
    }

    private static InferenceSession Create(string path, SessionOptions settings, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(
            static state => ((SessionOptions)state!).SetLoadCancellationFlag(true),
            settings
        );
        return new InferenceSession(path, settings);
    }

    private static InferenceResult Failure(Exception error, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return InferenceResult.NotServed(InferenceStatus.Cancelled, "the request was cancelled");
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
                tensors[i] = OrtValues.ToTensor(Signature.Outputs[i], output);
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
