using System.Text.Json.Nodes;
using Google.Protobuf;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Service.Tests.V1;

/// <summary>What TensorFlow Serving's protocol has beside <c>:predict</c> of values: examples, labels, descriptions, bytes.</summary>
public sealed class V1VerbsTests(V1VerbsTests.Service service) : IClassFixture<V1VerbsTests.Service>
{
    private readonly InferenceHost _host = service.Host;

    [Theory]
    [InlineData("bike:regress", """{"examples":[{"temp":1,"season":"1"},{"temp":[2],"season":["2"]}]}""", """{"results":[12.0,24.0]}""")]
    [InlineData(
        "bike:regress",
        """{"signature_name":"serving_default","context":{"season":"2","temp":9},"examples":[{"temp":1},{"season":"1"}]}""",
        """{"results":[22.0,28.0]}"""
    )]
    [InlineData(
        "yesno:classify",
        """{"examples":[{"x":0.75},{"x":0.5}]}""",
        """{"results":[[["0",0.25],["1",0.75]],[["0",0.5],["1",0.5]]]}"""
    )]
    [InlineData("yesno/versions/1:classify", """{"examples":[{"x":0.75}]}""", """{"results":[[["0",0.25],["1",0.75]]]}""")]
    [InlineData("bike/labels/production:predict", """{"instances":[{"temp":1,"season":"1"}]}""", """{"predictions":[[12.0]]}""")]
    [InlineData("bike/labels/staging:regress", """{"examples":[{"temp":1,"season":"1"}]}""", """{"results":[13.0]}""")]
    public async Task Post_EveryVerb_AnswersAsTensorFlowServingDoes(string path, string body, string expected)
    {
        var (status, answer, _) = await _host.PostAsync("v1/models/" + path, body);

        Assert.Equal((200, expected), (status, answer));
    }

    [Theory]
    [InlineData("bike:regress", """{"instances":[]}""", 400, "Missing 'examples' key")]
    [InlineData("bike:regress", """{"examples":{}}""", 400, "'examples' must be a list of objects")]
    [InlineData("bike:regress", """{"examples":[1]}""", 400, "examples[0] must be an object of feature names and values")]
    [InlineData("bike:regress", """{"context":1,"examples":[]}""", 400, "context must be an object of feature names and values")]
    [InlineData(
        "texts:regress",
        """{"examples":[{"x":"a"}]}""",
        400,
        "no output of model 'texts' has one number for each example: send ':predict' in place of ':regress'"
    )]
    [InlineData(
        "texts:classify",
        """{"examples":[{"x":"a"}]}""",
        400,
        "no output of model 'texts' has a score for each class: send ':predict' in place of ':classify'"
    )]
    [InlineData("bike/labels/none:predict", "{}", 404, "Request for unknown model: 'bike' with the label 'none' is not found")]
    [InlineData("bike:explain", "{}", 501, "model 'bike' has no explainer")]
    public async Task Post_WrongRequest_SaysWhy(string path, string body, int expectedStatus, string expected)
    {
        var (status, answer, _) = await _host.PostAsync("v1/models/" + path, body);

        Assert.Equal((expectedStatus, $$"""{"error":"{{expected}}"}"""), (status, answer));
    }

    [Theory]
    [InlineData("texts", """{"instances":[{"b64":"/wA="},"a"]}""", """{"predictions":[{"b64":"/wA="},{"b64":"YQ=="}]}""")]
    [InlineData("texts", """{"inputs":[{"b64":"/wA="}]}""", """{"outputs":[{"b64":"/wA="}]}""")]
    [InlineData("texts", """{"instances":[{"x":{"b64":""}}]}""", """{"predictions":[{"b64":""}]}""")]
    [InlineData("bike", """{"instances":[{"temp":1,"season":{"b64":"MQ=="}}]}""", """{"predictions":[[12.0]]}""")]
    public async Task Predict_Bytes_GoAsBase64(string model, string body, string expected)
    {
        var (status, answer, _) = await _host.PostAsync($"v1/models/{model}:predict", body);

        Assert.Equal((200, expected), (status, answer));
    }

    [Theory]
    [InlineData("""{"instances":[{"b64":"/w"}]}""")]
    [InlineData("""{"instances":[{"b64":1}]}""")]
    [InlineData("""{"instances":[{"b64":"","other":1}]}""")]
    [InlineData("""{"instances":[{"x":{}}]}""")]
    public async Task Predict_NoBase64_Answers400(string body)
    {
        var (status, answer, _) = await _host.PostAsync("v1/models/texts:predict", body);

        Assert.Equal(400, status);
        Assert.StartsWith("{\"error\":\"inference input 'x' of model 'texts' expects BYTES values, got ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1/models/bike/metadata", "2")]
    [InlineData("v1/models/bike/versions/3/metadata", "3")]
    [InlineData("v1/models/bike/labels/staging/metadata", "3")]
    public async Task GetMetadata_KnownModel_HasItsSignature(string path, string version)
    {
        var (status, answer) = await _host.GetAsync(path);

        Assert.Equal(200, status);
        var json = JsonNode.Parse(answer)!;
        Assert.Equal(("bike", version), ((string)json["model_spec"]!["name"]!, (string)json["model_spec"]!["version"]!));
        var signature = json["metadata"]!["signature_def"]!["signature_def"]!["serving_default"]!;
        Assert.Equal(
            """{"dtype":"DT_FLOAT","tensor_shape":{"dim":[{"size":"-1","name":""},{"size":"1","name":""}],"unknown_rank":false},"name":"temp"}""",
            signature["inputs"]!["temp"]!.ToJsonString()
        );
        Assert.Equal("DT_STRING", (string)signature["inputs"]!["season"]!["dtype"]!);
        Assert.Equal("tensorflow/serving/predict", (string)signature["method_name"]!);
    }

    [Fact]
    public async Task GetStatus_Label_IsThatOfItsVersion()
    {
        Assert.Equal(
            (
                200,
                """{"name":"bike","ready":true,"model_version_status":[{"version":"3","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]}"""
            ),
            await _host.GetAsync("v1/models/bike/labels/staging")
        );
        Assert.Equal(404, (await _host.GetAsync("v1/models/bike/labels/none")).Status);
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
            var texts = new OnnxModelBuilder()
                .Input("x", OnnxType.String, "n")
                .Output("y_bytes", OnnxType.String, "n")
                .Node("Identity", ["x"], ["y_bytes"]);
            var revision = _registry.Set([
                _registry.Add("bike", 2, ServedTestModels.Demand(), "production"),
                _registry.Add("bike", 3, ServedTestModels.Demand(factor: 3), "staging"),
                _registry.Add("yesno", 1, ServedTestModels.Classifier()),
                _registry.Add("texts", 1, texts.Model.ToByteArray()),
            ]);
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
