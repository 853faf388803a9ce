using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Repository;
using Slipway.Inference.Service.Repository.ProtoText;

namespace Slipway.Inference.Service.Tests.Repository;

public class ModelConfigSettingsTests
{
    private static readonly ModelSettings s_defaults = new()
    {
        Queue = new QueuePolicy { MaxQueueSize = 77 },
        ConcurrentRuns = 3,
    };

    private static readonly ModelSignature s_signature = new(
        [new ModelTensor("x", ElementType.Fp32, [-1, 4], ["n", ""]), new ModelTensor("s", ElementType.Int64, [], [])],
        [new ModelTensor("y", ElementType.Fp32, [-1, 2], ["n", ""])]
    );

    [Fact]
    public void Apply_DynamicBatching_SetsTheQueueAndTheBatch()
    {
        var settings = Apply(
            """
            max_batch_size: 8
            instance_group [ { count: 2 kind: KIND_CPU }, { kind: KIND_CPU } ]
            response_cache { enable: true }
            dynamic_batching {
              preferred_batch_size: [ 4 ] max_queue_delay_microseconds: 150 priority_levels: 3 default_priority_level: 2
              default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 5000 max_queue_size: 16 }
              priority_queue_policy { key: 1 value { allow_timeout_override: true } }
            }
            """
        );

        Assert.Equal(RowJoining.Always, settings.Batching.Joining);
        Assert.Equal(8, settings.Batching.MaxBatchSize);
        Assert.Equal([4], settings.Batching.PreferredSizes);
        Assert.Equal(TimeSpan.FromMicroseconds(150), settings.Batching.MaxDelay);
        Assert.Equal(3, settings.PriorityLevels);
        Assert.Equal(2, settings.DefaultPriority);
        Assert.Equal(QueueTimeoutAction.Delay, settings.Queue.TimeoutAction);
        Assert.Equal(TimeSpan.FromMilliseconds(5), settings.Queue.Timeout);
        Assert.Equal(16, settings.Queue.MaxQueueSize);
        Assert.Equal(77, settings.LevelQueues[1].MaxQueueSize);
        Assert.True(settings.LevelQueues[1].AllowTimeoutOverride);
        Assert.Equal(3, settings.ConcurrentRuns);
        Assert.Equal(1000, settings.ResponseCacheBytes);
    }

    [Theory]
    [InlineData("", RowJoining.WhenShown)]
    [InlineData("max_batch_size: 4", RowJoining.Never)]
    [InlineData("max_batch_size: 4 dynamic_batching { }", RowJoining.Always)]
    public void Apply_Scheduler_DecidesWhetherRequestsAreJoined(string config, RowJoining expected) =>
        Assert.Equal(expected, Apply(config).Batching.Joining);

    [Fact]
    public void Apply_SequenceWithState_NamesThePairs()
    {
        var settings = Apply(
            """
            sequence_batching {
              max_sequence_idle_microseconds: 2000000 oldest { max_candidate_sequences: 5 }
              state [ { input_name: "h" output_name: "hn" data_type: TYPE_FP32 dims: [ 2, -1 ] } ]
            }
            """
        );

        var state = Assert.Single(settings.Sequence!.States);
        Assert.Equal(("h", "hn"), (state.Input, state.Output));
        Assert.Equal([2, 1], state.InitialShape);
        Assert.Equal(TimeSpan.FromSeconds(2), settings.Sequence.IdleLimit);
        Assert.Equal(5, settings.Sequence.MaxSequences);
    }

    [Theory]
    [InlineData("dynamic_batching { }")]
    [InlineData("max_batch_size: 2 dynamic_batching { preferred_batch_size: [ 4 ] }")]
    [InlineData("max_batch_size: 2 dynamic_batching { priority_levels: 1 default_priority_level: 2 }")]
    [InlineData("max_batch_size: 2 dynamic_batching { priority_queue_policy { key: 2 value { } } }")]
    public void Apply_ConfigWithoutSense_IsRefused(string config) => Assert.Throws<RepositoryException>(() => Apply(config));

    [Fact]
    public void Complete_EmptyConfig_IsInferredFromTheGraph()
    {
        var config = ModelConfigGraph.Complete(new ModelConfig { Name = "m" }, s_signature, 32);

        Assert.Equal(["x", "s"], config.Input.Select(input => input.Name));
        Assert.Equal([-1L, 4], config.Input[0].Dims);
        Assert.Equal(DataType.TypeInt64, config.Input[1].DataType);
        Assert.Equal([-1L, 2], config.Output[0].Dims);
    }

    [Fact]
    public void Complete_BatchedConfig_LeavesTheBatchDimensionOut()
    {
        var signature = new ModelSignature([s_signature.Inputs[0]], s_signature.Outputs);

        Assert.Equal([4L], ModelConfigGraph.Complete(new ModelConfig { Name = "m", MaxBatchSize = 8 }, signature, 32).Input[0].Dims);
    }

    [Theory]
    [InlineData(
        "input { name: \"x\" data_type: TYPE_FP32 dims: [ -1, 5 ] } input { name: \"s\" data_type: TYPE_INT64 dims: [ 1 ] }",
        "model 'm', tensor 'x': the model expects shape [-1,4] but the model configuration specifies [-1,5]"
    )]
    [InlineData(
        "input { name: \"x\" data_type: TYPE_FP64 dims: [ -1, 4 ] }",
        "model 'm', tensor 'x': the model expects data type FP32 but the model configuration specifies FP64"
    )]
    [InlineData(
        "input { name: \"x\" data_type: TYPE_FP32 dims: [ 2, 4 ] }",
        "model 'm': the configuration lacks input 's', which the model expects; its inputs are x, s"
    )]
    [InlineData(
        "output { name: \"z\" data_type: TYPE_FP32 dims: [ 2 ] }",
        "unexpected inference output 'z', allowed outputs are: y, for model 'm'"
    )]
    public void Complete_ConfigAgainstTheGraph_SaysWhere(string text, string expected)
    {
        var config = ProtoTextReader.Read<ModelConfig>("name: \"m\" " + text);

        Assert.Equal(expected, Assert.Throws<RepositoryException>(() => ModelConfigGraph.Complete(config, s_signature, 32)).Message);
    }

    private static ModelSettings Apply(string text) =>
        ModelConfigSettings.Apply(ProtoTextReader.Read<ModelConfig>("name: \"m\" " + text), s_defaults, responseCacheBytes: 1000);
}
