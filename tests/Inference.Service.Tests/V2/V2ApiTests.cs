using System.Text.Json;
using Slipway.Contracts.Inference;
using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Service.Tests.V2;

public sealed class V2ApiTests(V2ApiTests.Service service) : IClassFixture<V2ApiTests.Service>
{
    private readonly InferenceHost _host = service.Host;

    [Theory]
    [InlineData(
        "linear",
        """{"id":"a","inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[1,2,3,4]}]}""",
        """[{"name":"y","datatype":"FP32","shape":[2,1],"data":[9.0,19.0]}]"""
    )]
    [InlineData(
        "linear",
        """{"id":"a","inputs":[{"data":[[1,2],[3,4]],"datatype":"FP32","shape":[2,2],"name":"x"}]}""",
        """[{"name":"y","datatype":"FP32","shape":[2,1],"data":[9.0,19.0]}]"""
    )]
    [InlineData(
        "linear",
        """{"id":"a","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[[1,[2]]],"parameters":{"content_type":"np"}}],"outputs":[{"name":"y","parameters":{"binary_data":false}}]}""",
        """[{"name":"y","datatype":"FP32","shape":[1,1],"data":[9.0]}]"""
    )]
    [InlineData(
        "fp32",
        """{"id":"a","inputs":[{"name":"x","shape":[0,2],"datatype":"FP32","data":[]}]}""",
        """[{"name":"y","datatype":"FP32","shape":[0,2],"data":[]}]"""
    )]
    [InlineData(
        "fp32",
        """{"id":"a","inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[NaN,Infinity,-Infinity,-0.0]}]}""",
        """[{"name":"y","datatype":"FP32","shape":[2,2],"data":[NaN,Infinity,-Infinity,-0.0]}]"""
    )]
    [InlineData(
        "fp32",
        """{"id":"a","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1.17549435e-38,3.4028234e38]}]}""",
        """[{"name":"y","datatype":"FP32","shape":[1,2],"data":[1.1754944E-38,3.4028235E+38]}]"""
    )]
    [InlineData(
        "fp64",
        """{"id":"a","inputs":[{"name":"x","shape":[3],"datatype":"FP64","data":[0.1,1e22,123456789012345678901234567890]}]}""",
        """[{"name":"y","datatype":"FP64","shape":[3],"data":[0.1,1E+22,1.2345678901234568E+29]}]"""
    )]
    [InlineData(
        "int64",
        """{"id":"a","inputs":[{"name":"x","shape":[4],"datatype":"INT64","data":[9223372036854775807,-9223372036854775808,9007199254740993,5.0]}]}""",
        """[{"name":"y","datatype":"INT64","shape":[4],"data":[9223372036854775807,-9223372036854775808,9007199254740993,5]}]"""
    )]
    [InlineData(
        "uint64",
        """{"id":"a","inputs":[{"name":"x","shape":[1],"datatype":"UINT64","data":[18446744073709551615]}]}""",
        """[{"name":"y","datatype":"UINT64","shape":[1],"data":[18446744073709551615]}]"""
    )]
    [InlineData(
        "int8",
        """{"id":"a","inputs":[{"name":"x","shape":[2],"datatype":"INT8","data":[-128,127]}]}""",
        """[{"name":"y","datatype":"INT8","shape":[2],"data":[-128,127]}]"""
    )]
    [InlineData(
        "bool",
        """{"id":"a","inputs":[{"name":"x","shape":[4],"datatype":"BOOL","data":[true,false,1,0]}]}""",
        """[{"name":"y","datatype":"BOOL","shape":[4],"data":[true,false,true,false]}]"""
    )]
    [InlineData(
        "text",
        """{"id":"a","inputs":[{"name":"x","shape":[4],"datatype":"BYTES","data":["a\"b\\","é\u00e9\ud83d\ude00","nul\u0000in",""]}]}""",
        """[{"name":"y","datatype":"BYTES","shape":[4],"data":["a\"b\\","éé😀","nul\u0000in",""]}]"""
    )]
    [InlineData(
        "scalar",
        """{"id":"a","inputs":[{"name":"x","shape":[],"datatype":"FP32","data":[7]}]}""",
        """[{"name":"y","datatype":"FP32","shape":[],"data":[7.0]}]"""
    )]
    [InlineData(
        "demand",
        """{"id":"a","inputs":[{"name":"season","shape":[2,1],"datatype":"BYTES","data":["1","2"]},{"name":"temp","shape":[2,1],"datatype":"FP32","data":[1,2]}]}""",
        """[{"name":"prediction","datatype":"FP32","shape":[2,1],"data":[12.0,24.0]}]"""
    )]
    [InlineData(
        "yesno",
        """{"id":"a","inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[0.75]}],"outputs":[{"name":"probabilities"}]}""",
        """[{"name":"probabilities","datatype":"FP32","shape":[1,2],"data":[0.25,0.75]}]"""
    )]
    public async Task Infer_FittingRequest_AnswersTheOutputs(string name, string body, string expected)
    {
        var (status, answer, response) = await _host.PostAsync($"v2/models/{name}/infer", body);

        Assert.Equal(200, status);
        var version = name == "demand" ? "3" : "1";
        Assert.Equal($$"""{"model_name":"{{name}}","model_version":"{{version}}","id":"a","outputs":{{expected}}}""", answer);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"z","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""",
        "unexpected inference input 'z' for model 'linear'"
    )]
    [InlineData(
        "linear",
        """{"inputs":[]}""",
        "expected 1 inputs but got 0 inputs for model 'linear'. Got input(s) [], but missing required input(s) ['x']. Please provide all required input(s)."
    )]
    [InlineData("linear", """{}""", "Unable to parse 'inputs': the request has none")]
    [InlineData("linear", """[]""", "the request must be a JSON object with 'inputs'")]
    [InlineData("linear", """{"inputs":{}}""", "Unable to parse 'inputs': a list is expected")]
    [InlineData("linear", """{"inputs":[1]}""", "Unable to parse 'inputs': each input must be an object")]
    [InlineData(
        "linear",
        """{"inputs":[{"shape":[1,2],"datatype":"FP32","data":[1,2]}]}""",
        "Unable to parse 'inputs': each input needs a 'name'"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","datatype":"FP32","data":[1,2]}]}""",
        "Unable to parse 'inputs': input 'x' has no 'shape'"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"data":[1,2]}]}""",
        "Unable to parse 'inputs': input 'x' has no 'datatype'"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32"}]}""",
        "Unable to parse 'inputs': input 'x' has no 'data'"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"INT32","data":[1,2]}]}""",
        "inference input 'x' data-type is 'INT32', but model 'linear' expects 'FP32'"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FLOAT","data":[1,2]}]}""",
        "inference input 'x' data-type is 'FLOAT', but model 'linear' expects 'FP32'"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}""",
        "unexpected shape for input 'x' for model 'linear'. Expected [-1,2], got [1,3]."
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1,2]}]}""",
        "unexpected shape for input 'x' for model 'linear'. Expected [-1,2], got [2]."
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[-1,2],"datatype":"FP32","data":[1,2]}]}""",
        "Unable to parse 'shape': attempt to access JSON non-unsigned-integer as unsigned-integer"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1.5,2],"datatype":"FP32","data":[1,2]}]}""",
        "Unable to parse 'shape': attempt to access JSON non-unsigned-integer as unsigned-integer"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1]}]}""",
        "Unable to parse 'data': Shape does not match true shape of 'data' field (input 'x', shape [1,2])"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2,3]}]}""",
        "Unable to parse 'data': Shape does not match true shape of 'data' field (input 'x', shape [1,2])"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1000000000,2],"datatype":"FP32","data":[1,2]}]}""",
        "Unable to parse 'data': Shape does not match true shape of 'data' field (input 'x', shape [1000000000,2])"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[9223372036854775807,2],"datatype":"FP32","data":[1,2]}]}""",
        "shape [9223372036854775807,2] of input 'x' causes total element count to exceed maximum size of 9223372036854775807"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":["1",2]}]}""",
        "Unable to parse 'data': input 'x' expects FP32 values, got a string"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[null,2]}]}""",
        "Unable to parse 'data': input 'x' expects FP32 values, got null"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":7}]}""",
        "Unable to parse 'data' of input 'x': a list is expected"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]},{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""",
        "inference input 'x' is given twice"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}""",
        "must specify valid 'Inference-Header-Content-Length' in request header and 'binary_data_size' when passing inputs in binary data format"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"z"}]}""",
        "unexpected inference output 'z' for model 'linear'"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"y"},{"name":"y"}]}""",
        "Duplicate output name 'y' is not allowed in a request"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"parameters":{"timeout":-1}}""",
        "parameter 'timeout' must be a whole number of microseconds, not negative"
    )]
    [InlineData(
        "linear",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"parameters":{"event_time":"soon"}}""",
        "the event time 'soon' is not ISO 8601, such as 2011-07-01T13:00:00Z"
    )]
    [InlineData("linear", """{"id":7,"inputs":[]}""", "'id' must be a string")]
    [InlineData(
        "int64",
        """{"inputs":[{"name":"x","shape":[1],"datatype":"INT64","data":[1.5]}]}""",
        "Unable to parse 'data': input 'x' expects INT64 values, got 1.5"
    )]
    [InlineData(
        "int64",
        """{"inputs":[{"name":"x","shape":[1],"datatype":"INT64","data":[9223372036854775808]}]}""",
        "Unable to parse 'data': input 'x' expects INT64 values, got 9223372036854775808"
    )]
    [InlineData(
        "int8",
        """{"inputs":[{"name":"x","shape":[1],"datatype":"INT8","data":[128]}]}""",
        "Unable to parse 'data': input 'x' expects INT8 values, got 128"
    )]
    [InlineData(
        "text",
        """{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":[1]}]}""",
        "Unable to parse 'data' of input 'x': BYTES elements must be strings"
    )]
    [InlineData(
        "fp16",
        """{"inputs":[{"name":"x","shape":[1],"datatype":"FP16","data":[1]}]}""",
        "sending FP16 data via JSON is not supported. Please use the binary data format for input 'x'"
    )]
    public async Task Infer_UnfittingRequest_Answers400WithTheReason(string name, string body, string expected)
    {
        var (status, answer, _) = await _host.PostAsync($"v2/models/{name}/infer", body);

        Assert.Equal((400, $$"""{"error":"{{expected}}"}"""), (status, answer));
    }

    [Fact]
    public async Task Infer_WithoutId_MakesOneThatBodyHeaderAndLogShare()
    {
        var (_, answer, response) = await _host.PostAsync(
            "v2/models/demand/infer",
            """{"parameters":{"event_time":"2011-07-01"},"inputs":[{"name":"season","shape":[1,1],"datatype":"BYTES","data":["1"]},{"name":"temp","shape":[1,1],"datatype":"FP32","data":[1]}]}"""
        );

        var id = JsonDocument.Parse(answer).RootElement.GetProperty("id").GetString();
        Assert.Equal(id, response.Headers.GetValues(PredictionHeaders.PredictionId).Single());
        var record = (await _host.LoggedAsync(id!, 1))[0];
        Assert.Equal(new DateTimeOffset(2011, 7, 1, 0, 0, 0, TimeSpan.Zero), record.At);
    }

    [Fact]
    public async Task Infer_IdThatCannotBeAPredictionId_IsEchoedAndLoggedUnderAnother()
    {
        var (_, answer, response) = await _host.PostAsync(
            "v2/models/linear/infer",
            """{"id":"my request","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}"""
        );

        Assert.Contains("\"id\":\"my request\"", answer, StringComparison.Ordinal);
        Assert.True(Guid.TryParse(response.Headers.GetValues(PredictionHeaders.PredictionId).Single(), out _));
    }

    [Fact]
    public async Task Metadata_ServerAndModels_DescribeThemselves()
    {
        Assert.Equal((200, """{"live":true}"""), await _host.GetAsync("v2/health/live"));
        Assert.Equal((200, """{"ready":true}"""), await _host.GetAsync("v2/health/ready"));
        Assert.Equal((200, """{"name":"demand","ready":true}"""), await _host.GetAsync("v2/models/demand/ready"));
        Assert.Equal((200, """{"name":"bike","ready":true}"""), await _host.GetAsync("v2/models/bike/versions/3/ready"));
        Assert.Equal((404, """{"error":"Request for unknown model: 'none' is not found"}"""), await _host.GetAsync("v2/models/none/ready"));
        Assert.Equal(
            (404, """{"error":"Request for unknown model: 'bike' version 2 is not found"}"""),
            await _host.GetAsync("v2/models/bike/versions/2")
        );
        Assert.Equal(
            (
                200,
                """{"name":"demand","versions":["3"],"platform":"onnxruntime_onnx","inputs":[{"name":"temp","datatype":"FP32","shape":[-1,1]},{"name":"season","datatype":"BYTES","shape":[-1,1]}],"outputs":[{"name":"prediction","datatype":"FP32","shape":[-1,1]}]}"""
            ),
            await _host.GetAsync("v2/models/demand")
        );
        var server = JsonDocument.Parse((await _host.GetAsync("v2")).Body).RootElement;
        Assert.Equal("slipway", server.GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.Array, server.GetProperty("extensions").ValueKind);
    }

    /// <summary>One service for all tests of the class.</summary>
    public sealed class Service : IAsyncLifetime, IDisposable
    {
        private readonly TempFolder _folder = new();
        private FakeRegistry _registry = null!;

        internal InferenceHost Host { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            _registry = await FakeRegistry.StartAsync();
            var demand = _registry.Add("bike", 3, ServedTestModels.Demand(), "production");
            var revision = _registry.Set(
                [
                    demand,
                    _registry.Add("linear", 1, ServedTestModels.Linear()),
                    _registry.Add("yesno", 1, ServedTestModels.Classifier()),
                    _registry.Add("int64", 1, ServedTestModels.Identity(OnnxType.Int64, "n")),
                    _registry.Add("uint64", 1, ServedTestModels.Identity(OnnxType.Uint64, "n")),
                    _registry.Add("int8", 1, ServedTestModels.Identity(OnnxType.Int8, "n")),
                    _registry.Add("bool", 1, ServedTestModels.Identity(OnnxType.Bool, "n")),
                    _registry.Add("fp16", 1, ServedTestModels.Identity(OnnxType.Float16, "n")),
                    _registry.Add("fp32", 1, ServedTestModels.Identity(OnnxType.Float, "n", 2)),
                    _registry.Add("fp64", 1, ServedTestModels.Identity(OnnxType.Double, "n")),
                    _registry.Add("text", 1, ServedTestModels.Identity(OnnxType.String, "n")),
                    _registry.Add("scalar", 1, ServedTestModels.Identity(OnnxType.Float)),
                ],
                FakeRegistry.Endpoint("demand", (demand, 100))
            );
            Host = await InferenceHost.StartAsync(_registry, _folder);
            await Host.LoadedAsync(revision);
        }

        public async Task DisposeAsync()
        {
            await Host.DisposeAsync();
            await _registry.DisposeAsync();
        }

        public void Dispose() => _folder.Dispose();
    }
}
