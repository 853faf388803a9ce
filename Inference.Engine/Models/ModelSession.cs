using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Telemetry;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Models;

/// <summary>
/// An ONNX model opened from a file, ready to run. It owns the native session: whoever disposes it makes sure that no run is under way
/// (<see cref="Serving.LoadedModel"/> does so by counting).
/// </summary>
public sealed class ModelSession : IModelRunner, IDisposable
{
    // A run that takes longer is waited for: all processors work on it. Shorter ones have a thread each, which is where most rows a second come from.
    private static readonly TimeSpan LongRun = TimeSpan.FromMilliseconds(20);

    // Opening a model twice takes twice as long: of a giant no run is short.
    private const long GiantBytes = 1L << 30;

    private readonly Func<CancellationToken, InferenceSession>? _reopen;
    private readonly bool _hasClassMaps;
    private InferenceSession _session;

    private ModelSession(
        InferenceSession session,
        Func<CancellationToken, InferenceSession>? reopen,
        ModelSignature signature,
        IReadOnlyList<string> providers,
        IReadOnlyList<string> externalFiles
    )
    {
        _session = session;
        _reopen = reopen;
        _hasClassMaps = session.OutputMetadata.Values.Any(output => !output.IsTensor);
        Signature = signature;
        Providers = providers;
        ExternalFiles = externalFiles;
    }

    /// <inheritdoc/>
    public ModelSignature Signature { get; }

    /// <summary>The execution providers in use, in order of preference; the last is always <c>cpu</c>.</summary>
    public IReadOnlyList<string> Providers { get; }

    /// <summary>Full paths of the external data files.</summary>
    public IReadOnlyList<string> ExternalFiles { get; }

    /// <summary>The properties that the model's writer put into the file (ONNX <c>metadata_props</c>).</summary>
    public IReadOnlyDictionary<string, string> Properties => _session.ModelMetadata.CustomMetadataMap;

    /// <summary>Whether <see cref="WarmUp"/> has shown that rows do not touch each other.</summary>
    public bool RowsAreIndependent { get; private set; }

    /// <summary>Version of the native runtime.</summary>
    public static string RuntimeVersion => OnnxEnvironment.RuntimeVersion;

    /// <summary>
    /// The most memory that the runs of all models of this process may take together, in bytes, weights not counted; a run that needs more fails. It has to be said before
    /// the first model is opened; unsaid, it is three quarters of what the process may use.
    /// </summary>
    public static void LimitRunMemory(long bytes) => OnnxEnvironment.RunMemoryLimitBytes = bytes;

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
        var usesPool = Environment.ProcessorCount > 1 && externalFiles.Prepend(path).Sum(file => new FileInfo(file).Length) > GiantBytes;
        var (session, providers) = Open(path, folder, options, usesPool, logger ?? NullLogger.Instance, metrics, cancellationToken);
        try
        {
            var mayUsePool = options.IntraOpThreads == 0 && !usesPool && Environment.ProcessorCount > 1 && providers is [ProviderNames.Cpu];
            return new ModelSession(
                session,
                mayUsePool ? token => OpenOnProcessor(path, folder, options, usesPool: true, token) : null,
                SignatureReader.Read(session),
                providers,
                externalFiles
            );
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IModelRun OpenRun() =>
        DirectRun.Suits(Signature, _hasClassMaps) ? new DirectRun(_session, Signature) : new SessionRun(_session, Signature);

    /// <summary>Runs once on a caller's tensors, which stay the caller's; cancellation stops the graph between two of its nodes.</summary>
    public InferenceResult Run(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        if (!Signature.TryBind(inputs, out var ordered, out var error))
        {
            return InferenceResult.NotServed(InferenceStatus.InvalidInput, error);
        }

        using var run = OpenRun();
        // Disposed before the run: a callback under way is waited for.
        using var registration = cancellationToken.UnsafeRegister(static state => ((IModelRun)state!).Stop(), run);
        return run.Run(ordered);
    }

    /// <summary>
    /// Runs on zeros, so that the first caller does not pay for lazy set-up, and finds out how many threads suit a run and whether rows may be joined. The outcome is
    /// informative: zeros may be nonsense to a model. Called once, before other runs are opened.
    /// </summary>
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
            ChooseThreads(inputs, cancellationToken);
            RowsAreIndependent = RowIndependence.IsShown(this, cancellationToken);
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

    // The first run sets up what is set up lazily, and says nothing.
    private void ChooseThreads(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        if (_reopen is null)
        {
            return;
        }

        Run(inputs, cancellationToken).Dispose();
        using var result = Run(inputs, cancellationToken);
        if (result.Status == InferenceStatus.Ok && result.ComputeDuration > LongRun)
        {
            // One after the other: two at once would need the memory of both.
            _session.Dispose();
            _session = _reopen(cancellationToken);
        }
    }

    private static (InferenceSession Session, IReadOnlyList<string> Providers) Open(
        string path,
        string folder,
        ModelSessionOptions options,
        bool usesPool,
        ILogger logger,
        EngineMetrics? metrics,
        CancellationToken cancellationToken
    )
    {
        using var settings = SessionSettings.Create(options, usesPool);
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

        return (OpenOnProcessor(path, folder, options, usesPool, cancellationToken), [ProviderNames.Cpu]);
    }

    private static InferenceSession OpenOnProcessor(
        string path,
        string folder,
        ModelSessionOptions options,
        bool usesPool,
        CancellationToken cancellationToken
    )
    {
        using var settings = SessionSettings.Create(options, usesPool);
        try
        {
            return Create(path, settings, cancellationToken);
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
}
