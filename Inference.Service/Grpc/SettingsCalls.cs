using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Protos;
using LogValue = Slipway.Inference.Service.Protos.LogSettingsResponse.Types.SettingValue;
using TraceValue = Slipway.Inference.Service.Protos.TraceSettingResponse.Types.SettingValue;

namespace Slipway.Inference.Service.Grpc;

/// <summary>
/// The calls on CUDA's shared memory, tracing and logging. There are no such regions, traces go out by OpenTelemetry and logs as the host configures them: the calls tell so,
/// and refuse changes.
/// </summary>
internal static class SettingsCalls
{
    public static CudaSharedMemoryStatusResponse CudaStatus(CudaSharedMemoryStatusRequest request) =>
        request.Name.Length == 0 ? new() : throw NoRegion(request.Name);

    public static CudaSharedMemoryRegisterResponse RegisterCuda(CudaSharedMemoryRegisterRequest _) => throw NotOffered();

    public static CudaSharedMemoryUnregisterResponse UnregisterCuda(CudaSharedMemoryUnregisterRequest _) => new();

    public static TraceSettingResponse Trace(TraceSettingRequest request)
    {
        var response = new TraceSettingResponse
        {
            Settings =
            {
                ["trace_file"] = new TraceValue { Value = { "" } },
                ["trace_level"] = new TraceValue { Value = { "OFF" } },
                ["trace_rate"] = new TraceValue { Value = { "1000" } },
                ["trace_count"] = new TraceValue { Value = { "-1" } },
                ["log_frequency"] = new TraceValue { Value = { "0" } },
                ["trace_mode"] = new TraceValue { Value = { "opentelemetry" } },
            },
        };
        foreach (var (name, value) in request.Settings)
        {
            // An empty list clears a setting.
            if (value.Value.Count > 0 && !(response.Settings.TryGetValue(name, out var now) && now.Value.SequenceEqual(value.Value)))
            {
                throw NotChangeable(name, "traces are set up by the OTEL_ variables of the process");
            }
        }
        return response;
    }

    public static LogSettingsResponse Log(LogSettingsRequest request)
    {
        var response = new LogSettingsResponse
        {
            Settings =
            {
                ["log_file"] = new LogValue { StringParam = "" },
                ["log_info"] = new LogValue { BoolParam = true },
                ["log_warning"] = new LogValue { BoolParam = true },
                ["log_error"] = new LogValue { BoolParam = true },
                ["log_verbose_level"] = new LogValue { Uint32Param = 0 },
                ["log_format"] = new LogValue { StringParam = "default" },
            },
        };
        foreach (var (name, value) in request.Settings)
        {
            // Two messages of one form.
            if (!(response.Settings.TryGetValue(name, out var now) && now.ToString() == value.ToString()))
            {
                throw NotChangeable(name, "logs are set up by the section 'Logging' of the configuration");
            }
        }
        return response;
    }

    private static RequestRefusedException NoRegion(string name) =>
        new(StatusCodes.Status404NotFound, $"Unable to find CUDA shared memory region: '{name}'");

    private static RequestRefusedException NotOffered() =>
        new(StatusCodes.Status501NotImplemented, "shared memory is not offered by this server");

    private static RequestRefusedException NotChangeable(string setting, string reason) =>
        new(StatusCodes.Status501NotImplemented, $"'{setting}' cannot be changed while the server runs: {reason}");
}
