using System.Globalization;
using Slipway.Contracts.Inference;
using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.V1;

public sealed class V1ApiTests(V1ApiTests.Service service) : IClassFixture<V1ApiTests.Service>
{
    private readonly InferenceHost _host = service.Host;

    [Theory]
    [InlineData("demand", """{"instances":[{"temp":0.3,"season":"1"}]}""", """{"predictions":[[10.6]]}""")]
    [InlineData("demand", """{"instances":[{"temp":1,"season":1},{"season":"2","temp":-2.5}]}""", """{"predictions":[[12.0],[15.0]]}""")]
    [InlineData(
        "demand",
        """{"signature_name":"serving_default","instances":[{"temp":[1],"season":["2"]}]}""",
        """{"predictions":[[22.0]]}"""
    )]
    [InlineData("demand", """{"instances":[{"temp":null,"season":"1"}]}""", """{"predictions":[[NaN]]}""")]
    [InlineData("demand", """{"instances":[{"temp":1,"season":null}]}""", """{"predictions":[[2.0]]}""")]
    [InlineData("demand", """{"inputs":{"temp":[1,2],"season":["1","2"]}}""", """{"outputs":[[12.0],[24.0]]}""")]
    [InlineData("demand", """{"inputs":{"temp":[[1],[2]],"season":[["1"],["2"]]}}""", """{"outputs":[[12.0],[24.0]]}""")]
    [InlineData("demand", """{"inputs":[{"temp":1,"season":"1"}]}""", """{"predictions":[[12.0]]}""")]
    [InlineData("linear", """{"instances":[[1,2],[3,4]]}""", """{"predictions":[[9.0],[19.0]]}""")]
    [InlineData("linear", """{"instances":[{"x":[1,2]}]}""", """{"predictions":[[9.0]]}""")]
    [InlineData("linear", """{"inputs":[[1,2],[3,4]]}""", """{"outputs":[[9.0],[19.0]]}""")]
    [InlineData("linear", """{"instances":[[NaN,1]]}""", """{"predictions":[[NaN]]}""")]
    [InlineData("linear", """{"instances":[[-Infinity,1],[Infinity,1]]}""", """{"predictions":[[-Infinity],[Infinity]]}""")]
    [InlineData("yesno", """{"instances":[{"x":0.75}]}""", """{"predictions":[{"label":["yes"],"probabilities":[0.25,0.75]}]}""")]
    [InlineData(
        "yesno",
        """{"instances":[0.75,0.25]}""",
        """{"predictions":[{"label":["yes"],"probabilities":[0.25,0.75]},{"label":["no"],"probabilities":[0.75,0.25]}]}"""
    )]
    [InlineData("yesno", """{"inputs":[0.75]}""", """{"outputs":{"label":[["yes"]],"probabilities":[[0.25,0.75]]}}""")]
    public async Task Predict_FittingRequest_AnswersAsTensorFlowServingDoes(string name, string body, string expected)
    {
        var (status, answer, _) = await _host.PostAsync($"v1/models/{name}:predict", body);

        Assert.Equal((200, expected), (status, answer));
    }

    [Theory]
    [InlineData(
        "demand",
        """{"instances":[{"temp":0.3}]}""",
        "instances[0]: expected 2 inputs but got 1 inputs for model 'demand'. Got input(s) ['temp'], but missing required input(s) ['season']. Please provide all required input(s)."
    )]
    [InlineData(
        "demand",
        """{"instances":[{"temp":1,"season":"1"},{"temp":1,"season":"1","extra":2}]}""",
        "instances[1]: unexpected inference input 'extra' for model 'demand'"
    )]
    [InlineData(
        "demand",
        """{"instances":[{"temp":"warm","season":"1"}]}""",
        "inference input 'temp' of model 'demand' expects FP32 values, got a string"
    )]
    [InlineData(
        "demand",
        """{"instances":[{"temp":true,"season":"1"}]}""",
        "inference input 'temp' of model 'demand' expects FP32 values, got a boolean"
    )]
    [InlineData(
        "demand",
        """{"instances":[{"temp":1e39,"season":"1"}]}""",
        "inference input 'temp' of model 'demand' expects FP32 values, got 1e39"
    )]
    [InlineData(
        "demand",
        """{"instances":[{"temp":1,"season":{"b":1}}]}""",
        "inference input 'season' of model 'demand' expects BYTES values, got an object"
    )]
    [InlineData("demand", """{"instances":[{"temp":1,"temp":1,"season":"1"}]}""", "instances[0]: inference input 'temp' is given twice")]
    [InlineData(
        "demand",
        """{"instances":[{"temp":[1,2],"season":"1"}]}""",
        "unexpected shape for input 'temp' for model 'demand'. Expected [-1,1], got [1,2]."
    )]
    [InlineData(
        "demand",
        """{"instances":[{"temp":1,"season":"1"},{"temp":[1],"season":"1"}]}""",
        "the values of input 'temp' do not form a regular array: all rows must have the same shape"
    )]
    [InlineData(
        "demand",
        """{"instances":[[0.3,"1"]]}""",
        "instances[0]: model 'demand' has 2 inputs, so each row must be an object of input name to value"
    )]
    [InlineData("demand", """{"inputs":[[0.3]]}""", "model 'demand' has 2 inputs, so 'inputs' must be an object of input name to tensor")]
    [InlineData("demand", """{"instances":[]}""", "'instances' is empty: at least one row is needed")]
    [InlineData("demand", """{"instances":{}}""", "'instances' must be a list")]
    [InlineData("demand", """{"instances":[],"inputs":[]}""", null)]
    [InlineData("demand", """{}""", "Missing 'inputs' or 'instances' key")]
    [InlineData("demand", """[]""", "the request must be a JSON object with 'instances' or 'inputs'")]
    [InlineData("linear", """{"instances":[[1,2,3]]}""", "unexpected shape for input 'x' for model 'linear'. Expected [-1,2], got [1,3].")]
    [InlineData(
        "linear",
        """{"instances":[[1,2],[1]]}""",
        "the values of input 'x' do not form a regular array: all rows must have the same shape"
    )]
    [InlineData(
        "linear",
        """{"instances":[[1,2],[1,2]""",
        "failed to parse the request JSON buffer: Missing a comma or ] after an array element. at 25"
    )]
    [InlineData("linear", "", "failed to parse the request JSON buffer: The document is empty. at 0")]
    [InlineData("linear", "\u0000", "failed to parse the request JSON buffer: Invalid value. at 0")]
    public async Task Predict_UnfittingRequest_Answers400WithTheReason(string name, string body, string? expected)
    {
        var (status, answer, _) = await _host.PostAsync($"v1/models/{name}:predict", body);

        Assert.Equal(400, status);
        Assert.StartsWith("{\"error\":\"", answer, StringComparison.Ordinal);
        if (expected is not null)
        {
            Assert.Equal($$"""{"error":"{{expected}}"}""", answer);
        }
    }

    [Fact]
    public async Task Predict_NestingBeyondTheLimit_Answers400()
    {
        var body = "{\"context\":" + new string('[', 200) + new string(']', 200) + "}";

        var (status, answer, _) = await _host.PostAsync("v1/models/linear:predict", body);

        Assert.Equal(400, status);
        Assert.Contains("JSON nesting depth exceeds maximum allowed limit (100)", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1/models/nothing:predict", "Request for unknown model: 'nothing' is not found")]
    [InlineData("v1/models/bike/versions/9:predict", "Request for unknown model: 'bike' version 9 is not found")]
    [InlineData("v1/models/demand/versions/x:predict", "Request for unknown model: 'demand' version x is not found")]
    public async Task Predict_UnknownModel_Answers404(string path, string expected)
    {
        var (status, answer, _) = await _host.PostAsync(path, """{"instances":[1]}""");

        Assert.Equal((404, $$"""{"error":"{{expected}}"}"""), (status, answer));
    }

    [Theory]
    [InlineData("v1/models/bike:predict")]
    [InlineData("v1/models/bike/versions/3:predict")]
    [InlineData("v1/models/demand/versions/3:predict")]
    public async Task Predict_ByModelOrVersion_AnswersFromIt(string path)
    {
        var (status, answer, response) = await _host.PostAsync(path, """{"instances":[{"temp":1,"season":"1"}]}""");

        Assert.Equal((200, """{"predictions":[[12.0]]}"""), (status, answer));
        Assert.Equal("bike/3", response.Headers.GetValues(PredictionHeaders.ServedBy).Single());
    }

    [Fact]
    public async Task Predict_WithoutId_MakesATimeOrderedOne()
    {
        var (_, _, response) = await _host.PostAsync("v1/models/demand:predict", """{"instances":[{"temp":1,"season":"1"}]}""");

        var id = response.Headers.GetValues(PredictionHeaders.PredictionId).Single();
        Assert.Equal(7, Guid.Parse(id, CultureInfo.InvariantCulture).Version);
    }

    [Fact]
    public async Task Predict_WithIdAndEventTime_LogsEachRowUnderThem()
    {
        var (_, _, response) = await _host.PostAsync(
            "v1/models/demand:predict",
            """{"instances":[{"temp":0.3,"season":"1"},{"temp":null,"season":null}]}""",
            (PredictionHeaders.PredictionId, "order-7"),
            (PredictionHeaders.EventTime, "2011-07-01T13:00:00Z")
        );

        Assert.Equal("order-7", response.Headers.GetValues(PredictionHeaders.PredictionId).Single());
        var logged = await _host.LoggedAsync("order-7", 2);
        var (first, second) = (logged[0], logged[1]);
        Assert.Equal(("order-7_0", "demand", "bike", 3), (first.PredictionId, first.Endpoint, first.Model, first.Version));
        Assert.Equal(new DateTimeOffset(2011, 7, 1, 13, 0, 0, TimeSpan.Zero), first.At);
        Assert.Equal((0.3, "1", 10.6), (first.Numbers["temp"], first.Categories["season"], first.Value));
        Assert.True(first.LatencyMs > 0);
        Assert.Equal("order-7_1", second.PredictionId);
        Assert.Equal((null, null, null), (second.Numbers["temp"], second.Categories["season"], second.Value));
    }

    [Fact]
    public async Task Predict_Classifier_LogsLabelAndScores()
    {
        await _host.PostAsync("v1/models/yesno:predict", """{"instances":[0.75]}""", (PredictionHeaders.PredictionId, "yes-1"));

        var record = (await _host.LoggedAsync("yes-1", 1))[0];
        Assert.Equal(("yes", null), (record.Label, record.Value));
        Assert.Equal([0.25, 0.75], record.Scores!);
    }

    [Theory]
    [InlineData(PredictionHeaders.PredictionId, "has space", "A prediction id holds printable ASCII characters without white space.")]
    [InlineData(PredictionHeaders.EventTime, "yesterday", "the event time 'yesterday' is not ISO 8601, such as 2011-07-01T13:00:00Z")]
    [InlineData(PredictionHeaders.EventTime, "01/02/2011 10:00", "is not ISO 8601")]
    [InlineData(PredictionHeaders.EventTime, "9999-12-30", "is not between 1900 and a day from now")]
    [InlineData(PredictionHeaders.EventTime, "1899-12-31", "is not between 1900 and a day from now")]
    public async Task Predict_InvalidHeader_Answers400(string header, string value, string expected)
    {
        var (status, answer, _) = await _host.PostAsync(
            "v1/models/demand:predict",
            """{"instances":[{"temp":1,"season":"1"}]}""",
            (header, value)
        );

        Assert.Equal(400, status);
        Assert.Contains(expected, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_IdTooLongForItsRows_Answers400()
    {
        // Of 128 characters, and each row's id has two more: monitoring would refuse the records of an answered request.
        var id = new string('a', 128);

        var one = await _host.PostAsync(
            "v1/models/demand:predict",
            """{"instances":[{"temp":1,"season":"1"}]}""",
            (PredictionHeaders.PredictionId, id)
        );
        var two = await _host.PostAsync(
            "v1/models/demand:predict",
            """{"instances":[{"temp":1,"season":"1"},{"temp":1,"season":"1"}]}""",
            (PredictionHeaders.PredictionId, id)
        );

        Assert.Equal((200, 400), (one.Status, two.Status));
        Assert.Contains("A prediction id has at most 128 characters.", two.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetStatus_KnownModel_ListsVersions()
    {
        Assert.Equal(
            (
                200,
                """{"name":"demand","ready":true,"model_version_status":[{"version":"3","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]}"""
            ),
            await _host.GetAsync("v1/models/demand")
        );
        Assert.Equal(404, (await _host.GetAsync("v1/models/nothing")).Status);
        Assert.Equal((200, """{"models":["demand","bike","linear","yesno"]}"""), await _host.GetAsync("v1/models"));
    }

    [Theory]
    [InlineData("v1/unknown", 404)]
    [InlineData("v2/models/demand/infer", 405)]
    [InlineData("v2/models/demand/nothing", 404)]
    public async Task Routing_NoSuchRouteOrVerb_AnswersInTheProtocolsShape(string path, int expected)
    {
        var (status, answer) = await _host.GetAsync(path);

        Assert.Equal(expected, status);
        Assert.StartsWith("{\"error\":\"", answer, StringComparison.Ordinal);
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
            var classifier = _registry.Add("yesno", 1, ServedTestModels.Classifier());
            var linear = _registry.Add("linear", 1, ServedTestModels.Linear());
            var revision = _registry.Set([demand, classifier, linear], FakeRegistry.Endpoint("demand", (demand, 100)));
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
