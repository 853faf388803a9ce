using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Engine.Tests.Models;

public sealed class ProviderSettingsTests
{
    [Theory]
    [InlineData("cuda", "cudnn_conv_algo_search", "HEURISTIC", null)]
    [InlineData("cuda", "gpu_mem_limit", "1073741824", null)]
    [InlineData("cuda", "enable_cuda_graph", "1", null)]
    [InlineData("tensorrt", "trt_fp16_enable", "1", null)]
    [InlineData("tensorrt", "trt_profile_min_shapes", "x:1x3x224x224", null)]
    [InlineData("tensorrt", "trt_auxiliary_streams", "-1", null)]
    [InlineData("cuda", "cudnn_conv_algo_search", "FAST", "cannot be 'FAST'")]
    [InlineData("cuda", "gpu_mem_limit", "-1", "cannot be '-1'")]
    [InlineData("cuda", "enable_cuda_graph", "true", "cannot be 'true'")]
    [InlineData("cuda", "trt_fp16_enable", "1", "has no option")]
    [InlineData("tensorrt", "trt_fp17_enable", "1", "has no option")]
    [InlineData("tensorrt", "trt_engine_cache_path", "", "cannot be ''")]
    [InlineData("cpu", "anything", "1", "has no option")]
    public void FindProblem_Option_IsKnownByNameAndValue(string provider, string name, string value, string? expected)
    {
        var problem = ProviderSettings.FindProblem(provider, new Dictionary<string, string> { [name] = value });

        Assert.Equal(expected is null, problem is null);
        Assert.Contains(expected ?? "", problem ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void SettingsOf_DeviceAndLimit_AreTheModelsUnlessItsOptionsSayOtherwise()
    {
        var options = new ModelSessionOptions
        {
            GpuDevice = 2,
            GpuMemoryLimitBytes = 1000,
            Cuda = new Dictionary<string, string> { ["do_copy_in_default_stream"] = "0" },
            TensorRt = new Dictionary<string, string> { ["device_id"] = "3" },
        };

        var cuda = ExecutionProviders.SettingsOf("cuda", options);
        var tensorRt = ExecutionProviders.SettingsOf("tensorrt", options);

        Assert.Equal(("2", "1000", "0"), (cuda["device_id"], cuda["gpu_mem_limit"], cuda["do_copy_in_default_stream"]));
        Assert.Equal(["device_id"], tensorRt.Keys);
        Assert.Equal("3", tensorRt["device_id"]);
    }
}
