using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using Slipway.Inference.Engine.Telemetry;

namespace Slipway.Inference.Engine.Models;

/// <summary>Gives a session the configured execution providers, as far as this machine has them.</summary>
internal static class ExecutionProviders
{
    /// <summary>Adds the GPU providers that can be had, in order; returns the names added, without <c>cpu</c>, which the runtime always has.</summary>
    public static IReadOnlyList<string> Append(SessionOptions session, ModelSessionOptions options, ILogger logger, EngineMetrics? metrics)
    {
        var appended = new List<string>();
        foreach (var provider in options.Providers)
        {
            if (provider == ProviderNames.Cpu)
            {
                break;
            }

            try
            {
                Append(session, provider, options);
                appended.Add(provider);
            }
            catch (Exception e)
                when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException or NotSupportedException)
            {
                ReportFallback(provider, appended.Count == 0 ? ProviderNames.Cpu : appended[^1], e, logger, metrics);
            }
        }

        return appended;
    }

    public static void ReportFallback(string provider, string used, Exception reason, ILogger logger, EngineMetrics? metrics)
    {
        metrics?.ProviderFellBack(provider, used);
        if (OnnxEnvironment.IsFirstFallback(provider))
        {
            EngineLog.ProviderFellBack(logger, provider, used, RuntimeErrors.Text(reason, folder: null));
        }
    }

    private static void Append(SessionOptions session, string provider, ModelSessionOptions options)
    {
        switch (provider)
        {
            case ProviderNames.Cuda:
                using (var cuda = new OrtCUDAProviderOptions())
                {
                    cuda.UpdateOptions(SettingsOf(provider, options));
                    session.AppendExecutionProvider_CUDA(cuda);
                }

                break;
            case ProviderNames.TensorRt:
                using (var tensorRt = new OrtTensorRTProviderOptions())
                {
                    tensorRt.UpdateOptions(SettingsOf(provider, options));
                    session.AppendExecutionProvider_Tensorrt(tensorRt);
                }

                break;
            default:
                throw new NotSupportedException($"There is no execution provider '{provider}'; known are cpu, cuda and tensorrt.");
        }
    }

    /// <summary>What a provider is opened with: the model's device and memory limit, unless its own options say otherwise.</summary>
    internal static Dictionary<string, string> SettingsOf(string provider, ModelSessionOptions options)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["device_id"] = options.GpuDevice.ToString(CultureInfo.InvariantCulture),
        };
        if (provider == ProviderNames.Cuda && options.GpuMemoryLimitBytes > 0)
        {
            settings["gpu_mem_limit"] = options.GpuMemoryLimitBytes.ToString(CultureInfo.InvariantCulture);
        }

        foreach (var (name, value) in provider == ProviderNames.Cuda ? options.Cuda : options.TensorRt)
        {
            settings[name] = value;
        }

        return settings;
    }
}
