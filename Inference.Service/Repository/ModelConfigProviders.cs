using System.Globalization;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.Repository;

/// <summary>
/// On what a model is to run, as far as its configuration says so: instance groups of kind CPU or GPU, and accelerators <c>cuda</c> and <c>tensorrt</c> with their options by the runtime's
/// names. What this machine does not have is left out as with the service's own providers.
/// </summary>
internal static class ModelConfigProviders
{
    private const string MemoryLimit = "gpu_mem_limit";

    /// <summary>The options of a model's session. Throws <see cref="RepositoryException"/> for a provider or option that there is none of.</summary>
    public static ModelSessionOptions Apply(ModelConfig config, ModelSessionOptions defaults)
    {
        var options = defaults;
        foreach (var group in config.InstanceGroup)
        {
            options = group.Kind switch
            {
                ModelInstanceGroup.Types.Kind.Cpu => options with { Providers = [ProviderNames.Cpu], RequireGpu = false },
                ModelInstanceGroup.Types.Kind.Gpu => WithDevice(config, WithGpu(options), group.Gpus),
                _ => group.Gpus.Count > 0 ? WithDevice(config, options, group.Gpus) : options,
            };
        }
        foreach (var accelerator in config.Optimization?.ExecutionAccelerators?.GpuExecutionAccelerator ?? [])
        {
            if (accelerator.Name is not (ProviderNames.Cuda or ProviderNames.TensorRt))
            {
                throw new RepositoryException(
                    $"model '{config.Name}': unknown execution accelerator '{accelerator.Name}', this server has {ProviderNames.Cuda} and {ProviderNames.TensorRt}"
                );
            }
            if (ProviderSettings.FindProblem(accelerator.Name, accelerator.Parameters) is { } problem)
            {
                throw new RepositoryException($"model '{config.Name}': {problem}");
            }
            options = With(options, accelerator.Name, accelerator.Parameters);
        }
        if (config.Parameters.TryGetValue(MemoryLimit, out var limit))
        {
            options =
                long.TryParse(limit.StringValue, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes > 0
                    ? options with
                    {
                        GpuMemoryLimitBytes = bytes,
                    }
                    : throw new RepositoryException(
                        $"model '{config.Name}': parameter '{MemoryLimit}' must be a number of bytes, not '{limit.StringValue}'"
                    );
        }
        return options;
    }

    /// <summary>
    /// Refuses options that make a provider read or write files: for configurations of callers, who could otherwise choose files of this machine. The service's own
    /// settings and the folders it serves may name them.
    /// </summary>
    public static void RefuseFiles(ModelConfig config)
    {
        var options = (config.Optimization?.ExecutionAccelerators?.GpuExecutionAccelerator ?? []).SelectMany(accelerator =>
            accelerator.Parameters.Keys
        );
        if (options.FirstOrDefault(ProviderSettings.TouchesFiles) is { } option)
        {
            throw new RepositoryException(
                $"model '{config.Name}': option '{option}' names or writes files of the server, and is set for the whole server: {EngineOptions.Section}:TensorRt"
            );
        }
    }

    /// <summary>Equal for options with which equal bytes may share a session; empty for the service's own.</summary>
    public static string KeyOf(ModelSessionOptions options, ModelSessionOptions defaults) =>
        ReferenceEquals(options, defaults)
            ? ""
            : string.Join(
                ';',
                [
                    string.Join(',', options.Providers),
                    $"{options.GpuDevice}",
                    $"{options.GpuMemoryLimitBytes}",
                    // Both providers have options of the same name.
                    .. Pairs(ProviderNames.Cuda, options.Cuda),
                    .. Pairs(ProviderNames.TensorRt, options.TensorRt),
                ]
            );

    private static IEnumerable<string> Pairs(string provider, IReadOnlyDictionary<string, string> options) =>
        options.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{provider}:{pair.Key}={pair.Value}");

    private static ModelSessionOptions WithGpu(ModelSessionOptions options) =>
        options.Providers.Any(provider => provider != ProviderNames.Cpu)
            ? options
            : options with
            {
                Providers = [ProviderNames.Cuda, .. options.Providers],
            };

    private static ModelSessionOptions WithDevice(ModelConfig config, ModelSessionOptions options, IList<int> gpus) =>
        gpus switch
        {
            [] => options,
            [>= 0 and var device] => options with { GpuDevice = device },
            _ => throw new RepositoryException(
                $"model '{config.Name}': an instance group names one GPU here, from 0; one session serves all instances"
            ),
        };

    private static ModelSessionOptions With(ModelSessionOptions options, string provider, IDictionary<string, string> given)
    {
        var providers = options.Providers.Contains(provider) ? options.Providers : [provider, .. options.Providers];
        return provider == ProviderNames.Cuda
            ? options with
            {
                Providers = providers,
                Cuda = Merge(options.Cuda, given),
            }
            : options with
            {
                Providers = providers,
                TensorRt = Merge(options.TensorRt, given),
            };
    }

    private static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string> own, IDictionary<string, string> given)
    {
        var merged = own.ToDictionary(StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            merged[name] = value;
        }
        return merged;
    }
}
