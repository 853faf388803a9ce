using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Repository.ProtoText;

namespace Slipway.Inference.Service.Tests.Repository;

/// <summary>Configurations as Triton's documentation writes them.</summary>
public class ModelConfigTextTests
{
    [Fact]
    public void Read_ConfigWithEverything_FillsTheMessage()
    {
        var config = ProtoTextReader.Read<ModelConfig>(
            """
            name: "detector"
            platform: "onnxruntime_onnx"
            max_batch_size: 8
            input [
              { name: "image" data_type: TYPE_FP32 format: FORMAT_NCHW dims: [ 3, -1, -1 ] },
              { name: "scale", data_type: TYPE_INT64, dims: [ 1 ], reshape: { shape: [ ] } }
            ]
            output { name: "boxes" data_type: TYPE_FP32 dims: [ -1, 4 ] label_filename: "labels.txt" }
            version_policy: { specific: { versions: [1, 3] } }
            instance_group [ { count: 2 kind: KIND_CPU } ]
            dynamic_batching {
              preferred_batch_size: [ 4, 8 ]
              max_queue_delay_microseconds: 100
              priority_levels: 2 default_priority_level: 2
              default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 5000 max_queue_size: 16 }
              priority_queue_policy { key: 1 value { allow_timeout_override: true } }
            }
            model_warmup { name: "w" batch_size: 1 inputs { key: "image" value: { data_type: TYPE_FP32 dims: [3, 8, 8] zero_data: true } } }
            parameters { key: "session.intra_op.allow_spinning" value { string_value: "0" } }
            response_cache { enable: true }
            optimization { graph { level: -1 } execution_accelerators { gpu_execution_accelerator: [ { name: "tensorrt" parameters { key: "a" value: "b" } } ] } }
            """
        );

        Assert.Equal([3L, -1, -1], config.Input[0].Dims);
        Assert.Empty(config.Input[1].Reshape.Shape);
        Assert.Equal("labels.txt", config.Output[0].LabelFilename);
        Assert.Equal([1L, 3], config.VersionPolicy.Specific.Versions);
        Assert.Equal(ModelInstanceGroup.Types.Kind.Cpu, config.InstanceGroup[0].Kind);
        Assert.Equal([4, 8], config.DynamicBatching.PreferredBatchSize);
        Assert.Equal(ModelQueuePolicy.Types.TimeoutAction.Delay, config.DynamicBatching.DefaultQueuePolicy.TimeoutAction);
        Assert.True(config.DynamicBatching.PriorityQueuePolicy[1].AllowTimeoutOverride);
        Assert.True(config.ModelWarmup[0].Inputs["image"].ZeroData);
        Assert.Equal("0", config.Parameters["session.intra_op.allow_spinning"].StringValue);
        Assert.True(config.ResponseCache.Enable);
        Assert.Equal(-1, config.Optimization.Graph.Level);
        Assert.Equal("b", config.Optimization.ExecutionAccelerators.GpuExecutionAccelerator[0].Parameters["a"]);
    }

    [Fact]
    public void Read_TwoSchedulers_IsRefused() =>
        Assert.Contains(
            "'ensemble_scheduling' excludes 'dynamic_batching'",
            Assert
                .Throws<ProtoTextException>(() => ProtoTextReader.Read<ModelConfig>("dynamic_batching { } ensemble_scheduling { }"))
                .Message,
            StringComparison.Ordinal
        );
}
