using System.Collections.Frozen;
using System.Globalization;

namespace Slipway.Inference.Engine.Models;

/// <summary>
/// The options of the CUDA and TensorRT providers by the runtime's own names, checked before a session is opened: a name that the runtime does not know, or a value
/// that cannot be right, is found when the service starts and not when the first model loads on a machine with a GPU.
/// </summary>
public static class ProviderSettings
{
    private static readonly FrozenDictionary<string, Func<string, bool>> CudaOptions = new Dictionary<string, Func<string, bool>>(
        StringComparer.Ordinal
    )
    {
        ["device_id"] = IsCount,
        ["gpu_mem_limit"] = IsCount,
        ["arena_extend_strategy"] = OneOf("kNextPowerOfTwo", "kSameAsRequested"),
        ["cudnn_conv_algo_search"] = OneOf("EXHAUSTIVE", "HEURISTIC", "DEFAULT"),
        ["cudnn_conv_use_max_workspace"] = IsSwitch,
        ["cudnn_conv1d_pad_to_nc1d"] = IsSwitch,
        ["do_copy_in_default_stream"] = IsSwitch,
        ["enable_cuda_graph"] = IsSwitch,
        ["enable_skip_layer_norm_strict_mode"] = IsSwitch,
        ["use_ep_level_unified_stream"] = IsSwitch,
        ["prefer_nhwc"] = IsSwitch,
        ["use_tf32"] = IsSwitch,
        ["tunable_op_enable"] = IsSwitch,
        ["tunable_op_tuning_enable"] = IsSwitch,
        ["tunable_op_max_tuning_duration_ms"] = IsCount,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Func<string, bool>> TensorRtOptions = new Dictionary<string, Func<string, bool>>(
        StringComparer.Ordinal
    )
    {
        ["device_id"] = IsCount,
        ["trt_max_workspace_size"] = IsCount,
        ["trt_max_partition_iterations"] = IsCount,
        ["trt_min_subgraph_size"] = IsCount,
        ["trt_fp16_enable"] = IsSwitch,
        ["trt_bf16_enable"] = IsSwitch,
        ["trt_int8_enable"] = IsSwitch,
        ["trt_int8_calibration_table_name"] = IsText,
        ["trt_int8_use_native_calibration_table"] = IsSwitch,
        ["trt_dla_enable"] = IsSwitch,
        ["trt_dla_core"] = IsCount,
        ["trt_engine_cache_enable"] = IsSwitch,
        ["trt_engine_cache_path"] = IsText,
        ["trt_engine_cache_prefix"] = IsText,
        ["trt_engine_hw_compatible"] = IsSwitch,
        ["trt_timing_cache_enable"] = IsSwitch,
        ["trt_timing_cache_path"] = IsText,
        ["trt_force_timing_cache"] = IsSwitch,
        ["trt_profile_min_shapes"] = IsText,
        ["trt_profile_opt_shapes"] = IsText,
        ["trt_profile_max_shapes"] = IsText,
        ["trt_cuda_graph_enable"] = IsSwitch,
        ["trt_context_memory_sharing_enable"] = IsSwitch,
        ["trt_layer_norm_fp32_fallback"] = IsSwitch,
        ["trt_build_heuristics_enable"] = IsSwitch,
        ["trt_builder_optimization_level"] = IsCount,
        ["trt_auxiliary_streams"] = value => int.TryParse(value, CultureInfo.InvariantCulture, out var count) && count >= -1,
        ["trt_detailed_build_log"] = IsSwitch,
        ["trt_dump_subgraphs"] = IsSwitch,
        ["trt_sparsity_enable"] = IsSwitch,
        ["trt_weight_stripped_engine_enable"] = IsSwitch,
        ["trt_dump_ep_context_model"] = IsSwitch,
        ["trt_ep_context_file_path"] = IsText,
        ["trt_ep_context_embed_mode"] = IsSwitch,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // A prefix may hold a path too; dumps go to the working folder.
    private static readonly FrozenSet<string> FileOptions = FrozenSet.Create(
        StringComparer.Ordinal,
        "trt_int8_calibration_table_name",
        "trt_engine_cache_path",
        "trt_engine_cache_prefix",
        "trt_timing_cache_path",
        "trt_ep_context_file_path",
        "trt_dump_subgraphs",
        "trt_dump_ep_context_model"
    );

    /// <summary>Whether an option makes the provider read or write files of its value's choice, which only who runs the service may choose.</summary>
    public static bool TouchesFiles(string option) => FileOptions.Contains(option);

    /// <summary>What is wrong with the options of a provider, for people; null when nothing is.</summary>
    public static string? FindProblem(string provider, IReadOnlyDictionary<string, string> options)
    {
        var known =
            provider == ProviderNames.Cuda ? CudaOptions
            : provider == ProviderNames.TensorRt ? TensorRtOptions
            : FrozenDictionary<string, Func<string, bool>>.Empty;
        foreach (var (name, value) in options)
        {
            if (!known.TryGetValue(name, out var accepts))
            {
                return $"{provider} has no option '{name}'; it has {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}";
            }

            if (!accepts(value))
            {
                return $"option '{name}' of {provider} cannot be '{value}'";
            }
        }

        return null;
    }

    private static bool IsSwitch(string value) => value is "0" or "1";

    private static bool IsText(string value) => value.Length > 0;

    private static bool IsCount(string value) => ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static Func<string, bool> OneOf(params string[] words) => value => Array.IndexOf(words, value) >= 0;
}
