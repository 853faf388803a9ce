using System.Text.Json.Nodes;
using Google.Protobuf;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Repository;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Service.Tests.Repository;

/// <summary>What a configuration says and the served model then does.</summary>
public sealed class ModelConfigCarriedOutTests : IDisposable
{
    private readonly TempFolder _repository = new();

    public void Dispose() => _repository.Dispose();

    [Fact]
    public async Task Infer_ControlInputsOfASequence_AreFilledByTheServer()
    {
        WriteSequence(
            "control_input { name: \"start\" control { kind: CONTROL_SEQUENCE_START fp32_false_true: [0, 1] } } "
                + "control_input { name: \"end\" control { kind: CONTROL_SEQUENCE_END fp32_false_true: [0, 1] } } "
                + "control_input { name: \"ready\" control { kind: CONTROL_SEQUENCE_READY fp32_false_true: [0, 1] } } "
                + "control_input { name: \"id\" control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 } }"
        );
        await using var host = await RepositoryHost.StartAsync(_repository, "none");

        Assert.Equal(["1", "0", "1", "77"], await StepAsync(host, "\"sequence_id\":77,\"sequence_start\":true"));
        Assert.Equal(["0", "0", "1", "77"], await StepAsync(host, "\"sequence_id\":77"));
        Assert.Equal(["0", "1", "1", "77"], await StepAsync(host, "\"sequence_id\":77,\"sequence_end\":true"));
        Assert.Contains(
            "is no number of type UINT64",
            Assert.Single(await StepAsync(host, "\"sequence_id\":\"a\",\"sequence_start\":true")),
            StringComparison.Ordinal
        );
        var inputs = JsonNode.Parse((await host.GetAsync("v2/models/s")).Body)!["inputs"]!.AsArray();
        Assert.Equal(["x"], inputs.Select(input => (string)input!["name"]!));
    }

    [Theory]
    [InlineData("control_input { name: \"start\" control { kind: CONTROL_SEQUENCE_START } }", "must have exactly one of int32_false_true")]
    [InlineData("control_input { name: \"id\" control { kind: CONTROL_SEQUENCE_START int32_false_true: [0, 1] } }", "cannot be UINT64")]
    [InlineData(
        "control_input { name: \"nobody\" control { kind: CONTROL_SEQUENCE_START int32_false_true: [0, 1] } }",
        "The model has no input 'nobody' that its sequences name"
    )]
    public async Task Start_ControlInputsThatMakeNoSense_SayWhy(string controls, string reason)
    {
        WriteSequence(controls);
        await using var host = await RepositoryHost.StartAsync(_repository, "none");

        var index = JsonNode.Parse((await host.PostAsync("v2/repository/index")).Body)!.AsArray();

        Assert.Contains(reason, (string)index[0]!["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WarmUpSamples_AreRun()
    {
        RepositoryHost.WriteModel(_repository, "m/1/model.onnx", 1);
        RepositoryHost.WriteText(
            _repository,
            "m/config.pbtxt",
            "max_batch_size: 4 "
                + "model_warmup { name: \"zeros\" batch_size: 2 inputs { key: \"x\" value: { data_type: TYPE_FP32 dims: 1 zero_data: true } } } "
                + "model_warmup { name: \"random\" batch_size: 4 count: 3 inputs { key: \"x\" value: { data_type: TYPE_FP32 dims: 1 random_data: true } } } "
                + "model_warmup { name: \"file\" batch_size: 2 inputs { key: \"x\" value: { data_type: TYPE_FP32 dims: 1 input_data_file: \"row\" } } }"
        );
        Directory.CreateDirectory(Path.Combine(_repository.Path, "m/warmup"));
        File.WriteAllBytes(Path.Combine(_repository.Path, "m/warmup/row"), [0, 0, 128, 63]);
        await using var host = await RepositoryHost.StartAsync(_repository, "none");

        Assert.Equal("2", await host.InferAsync("m"));
    }

    [Theory]
    [InlineData(
        "key: \"z\" value: { data_type: TYPE_FP32 dims: 1 zero_data: true }",
        "warm-up sample 's' of model 'm' failed: unexpected inference input 'z'"
    )]
    [InlineData("key: \"x\" value: { data_type: TYPE_INT64 dims: 1 random_data: true }", "has datatype INT64")]
    [InlineData("key: \"x\" value: { data_type: TYPE_FP32 dims: 1 input_data_file: \"nothing\" }", "file 'warmup/nothing' is not there")]
    [InlineData("key: \"x\" value: { data_type: TYPE_FP32 dims: 1 input_data_file: \"../config.pbtxt\" }", "must be a path inside")]
    [InlineData("key: \"x\" value: { data_type: TYPE_FP32 dims: 1 input_data_file: \"short\" }", "holds 3 bytes for a tensor of 4")]
    [InlineData("key: \"x\" value: { data_type: TYPE_FP32 dims: 1 }", "says neither")]
    public async Task Start_WarmUpSampleThatFails_KeepsTheModelOut(string input, string reason)
    {
        RepositoryHost.WriteModel(_repository, "m/1/model.onnx", 1);
        RepositoryHost.WriteText(_repository, "m/warmup/short", "abc");
        RepositoryHost.WriteText(
            _repository,
            "m/config.pbtxt",
            $"max_batch_size: 4 model_warmup {{ name: \"s\" batch_size: 1 inputs {{ {input} }} }}"
        );
        await using var host = await RepositoryHost.StartAsync(_repository, "none");

        var index = JsonNode.Parse((await host.PostAsync("v2/repository/index")).Body)!.AsArray();

        Assert.Equal("UNAVAILABLE", (string)index[0]!["state"]!);
        Assert.Contains(reason, (string)index[0]!["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void Providers_OfAConfiguration_AreSetOverTheServices()
    {
        var config = ProtoText(
            "instance_group { kind: KIND_GPU gpus: 1 } "
                + "optimization { execution_accelerators { gpu_execution_accelerator { name: \"tensorrt\" parameters { key: \"trt_fp16_enable\" value: \"1\" } } } } "
                + "parameters { key: \"gpu_mem_limit\" value: { string_value: \"1000000\" } }"
        );
        var defaults = new ModelSessionOptions();

        var options = ModelConfigProviders.Apply(config, defaults);

        Assert.Equal(["tensorrt", "cuda", "cpu"], options.Providers);
        Assert.Equal((1, 1000000L, "1"), (options.GpuDevice, options.GpuMemoryLimitBytes, options.TensorRt["trt_fp16_enable"]));
        Assert.NotEqual("", ModelConfigProviders.KeyOf(options, defaults));
        Assert.Equal("", ModelConfigProviders.KeyOf(ModelConfigProviders.Apply(new ModelConfig(), defaults), defaults));
    }

    [Theory]
    [InlineData("trt_engine_cache_path")]
    [InlineData("trt_engine_cache_prefix")]
    [InlineData("trt_timing_cache_path")]
    [InlineData("trt_ep_context_file_path")]
    [InlineData("trt_int8_calibration_table_name")]
    [InlineData("trt_dump_subgraphs")]
    [InlineData("trt_dump_ep_context_model")]
    public async Task Load_CallersConfigurationThatChoosesFiles_IsRefused(string option)
    {
        await using var host = await RepositoryHost.StartAsync(_repository, "explicit");
        var config = new JsonObject
        {
            ["optimization"] = new JsonObject
            {
                ["execution_accelerators"] = new JsonObject
                {
                    ["gpu_execution_accelerator"] = new JsonArray(
                        new JsonObject
                        {
                            ["name"] = "tensorrt",
                            ["parameters"] = new JsonObject { [option] = "1" },
                        }
                    ),
                },
            },
        };
        var load = new JsonObject { ["parameters"] = new JsonObject { ["config"] = config.ToJsonString() } };

        var answer = await host.PostAsync("v2/repository/models/m/load", load.ToJsonString());

        Assert.Equal(400, answer.Status);
        Assert.Contains($"option '{option}' names or writes files of the server", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void KeyOf_TheSameOptionOfAnotherProvider_IsAnotherKey()
    {
        const string Device = "parameters { key: \"device_id\" value: \"1\" }";
        var defaults = new ModelSessionOptions();

        Assert.NotEqual(KeyOf("", Device), KeyOf(Device, ""));

        string KeyOf(string cuda, string tensorRt) =>
            ModelConfigProviders.KeyOf(
                ModelConfigProviders.Apply(
                    ProtoText(
                        $"optimization {{ execution_accelerators {{ gpu_execution_accelerator {{ name: \"cuda\" {cuda} }} "
                            + $"gpu_execution_accelerator {{ name: \"tensorrt\" {tensorRt} }} }} }}"
                    ),
                    defaults
                ),
                defaults
            );
    }

    [Theory]
    [InlineData("instance_group { kind: KIND_GPU gpus: [0, 1] }", "names one GPU")]
    [InlineData("parameters { key: \"gpu_mem_limit\" value: { string_value: \"much\" } }", "must be a number of bytes, not 'much'")]
    [InlineData(
        "optimization { execution_accelerators { gpu_execution_accelerator { name: \"openvino\" } } }",
        "unknown execution accelerator 'openvino'"
    )]
    [InlineData(
        "optimization { execution_accelerators { gpu_execution_accelerator { name: \"cuda\" parameters { key: \"fast\" value: \"1\" } } } }",
        "cuda has no option 'fast'"
    )]
    public void Providers_ThatMakeNoSense_AreRefused(string text, string reason)
    {
        var e = Assert.Throws<RepositoryException>(() => ModelConfigProviders.Apply(ProtoText(text), new ModelSessionOptions()));

        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_ModelForAGpuThatIsNotThere_RunsOnTheProcessor()
    {
        RepositoryHost.WriteModel(_repository, "m/1/model.onnx", 1);
        RepositoryHost.WriteText(_repository, "m/config.pbtxt", "instance_group { kind: KIND_GPU count: 2 gpus: 0 }");
        await using var host = await RepositoryHost.StartAsync(_repository, "none");

        Assert.Equal("2", await host.InferAsync("m"));
    }

    private static ModelConfig ProtoText(string text) => Service.Repository.ProtoText.ProtoTextReader.Read<ModelConfig>(text);

    private static async Task<string[]> StepAsync(RepositoryHost host, string parameters)
    {
        var (status, body) = await host.PostAsync(
            "v2/models/s/infer",
            $"{{\"parameters\":{{{parameters}}},\"inputs\":[{{\"name\":\"x\",\"shape\":[1,1],\"datatype\":\"FP32\",\"data\":[5]}}]}}"
        );
        return status == 200
            ? [.. JsonNode.Parse(body)!["outputs"]!.AsArray().Skip(1).Select(output => $"{(double)output!["data"]![0]!}")]
            : [body];
    }

    // Gives its control inputs back: x, start, end, ready and id in this order.
    private void WriteSequence(string controls)
    {
        var model = new OnnxModelBuilder()
            .Input("x", OnnxType.Float, "n", 1)
            .Input("start", OnnxType.Float, "n", 1)
            .Input("end", OnnxType.Float, "n", 1)
            .Input("ready", OnnxType.Float, "n", 1)
            .Input("id", OnnxType.Uint64, "n", 1)
            .Output("x_out", OnnxType.Float, "n", 1)
            .Output("start_out", OnnxType.Float, "n", 1)
            .Output("end_out", OnnxType.Float, "n", 1)
            .Output("ready_out", OnnxType.Float, "n", 1)
            .Output("id_out", OnnxType.Uint64, "n", 1)
            .Node("Identity", ["x"], ["x_out"])
            .Node("Identity", ["start"], ["start_out"])
            .Node("Identity", ["end"], ["end_out"])
            .Node("Identity", ["ready"], ["ready_out"])
            .Node("Identity", ["id"], ["id_out"]);
        RepositoryHost.WriteBytes(_repository, "s/1/model.onnx", model.Model.ToByteArray());
        RepositoryHost.WriteText(
            _repository,
            "s/config.pbtxt",
            $"max_batch_size: 1 sequence_batching {{ max_sequence_idle_microseconds: 60000000 {controls} }}"
        );
    }
}
