using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Inference.Service.Tests.Repository;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Service.Tests.Containers;

/// <summary>One service with a model of two columns (<c>a</c> numbers, <c>s</c> texts), and one with a matrix.</summary>
public sealed class ContainerApiTests : IAsyncLifetime, IDisposable
{
    private readonly TempFolder _tableFolder = new();
    private readonly TempFolder _matrixFolder = new();
    private RepositoryHost _table = null!;
    private RepositoryHost _matrix = null!;

    public async Task InitializeAsync()
    {
        var table = new OnnxModelBuilder()
            .Input("a", OnnxType.Float, "n", 1)
            .Input("s", OnnxType.String, "n", 1)
            .Output("twice", OnnxType.Float, "n", 1)
            .Output("same", OnnxType.String, "n", 1)
            .Node("Add", ["a", "a"], ["twice"])
            .Node("Identity", ["s"], ["same"]);
        table.Save(_tableFolder.Path);
        OnnxModelBuilder.Identity(OnnxType.Float, "n", 2).Save(_matrixFolder.Path);
        _table = await RepositoryHost.StartAsync(_tableFolder, "none");
        _matrix = await RepositoryHost.StartAsync(
            _matrixFolder,
            "none",
            ("Inference:Container:HealthRoute", "/vertex/health"),
            ("Inference:Container:PredictRoute", "/vertex/predict")
        );
    }

    public async Task DisposeAsync()
    {
        await _table.DisposeAsync();
        await _matrix.DisposeAsync();
    }

    public void Dispose()
    {
        _tableFolder.Dispose();
        _matrixFolder.Dispose();
    }

    [Theory]
    [InlineData("{\"dataframe_split\":{\"data\":[[1,\"x\",9],[2,\"y\",9]],\"columns\":[\"a\",\"s\",\"extra\"],\"index\":[0,1]}}")]
    [InlineData("{\"dataframe_records\":[{\"a\":1,\"s\":\"x\"},{\"s\":\"y\",\"a\":2}],\"params\":{\"t\":1}}")]
    [InlineData("{\"input_data\":{\"columns\":[\"s\",\"a\"],\"index\":[0,1],\"data\":[[\"x\",1],[\"y\",2]]}}")]
    public async Task Invocations_DataFrame_IsAnsweredByRecords(string body)
    {
        var (status, answer) = await _table.PostAsync("invocations", body);

        Assert.Equal("{\"predictions\":[{\"twice\":2.0,\"same\":\"x\"},{\"twice\":4.0,\"same\":\"y\"}]}", answer);
        Assert.Equal(200, status);
    }

    [Fact]
    public async Task Invocations_Csv_IsADataFrame()
    {
        var (status, answer) = await SendAsync(_table, "invocations", "s,a\r\n\"x,\"\"\",1\r\n007,2.5\r\n", "text/csv; charset=utf-8");

        Assert.Equal("{\"predictions\":[{\"twice\":2.0,\"same\":\"x,\\\"\"},{\"twice\":5.0,\"same\":\"007\"}]}", answer);
        Assert.Equal(200, status);
    }

    [Theory]
    [InlineData("{\"inputs\":{\"a\":[[1]],\"s\":[[\"x\"]]}}")]
    [InlineData("{\"instances\":[{\"a\":[1],\"s\":[\"x\"]}]}")]
    public async Task Invocations_Tensors_AreAnsweredByOutput(string body) =>
        Assert.Equal((200, "{\"predictions\":{\"twice\":[[2.0]],\"same\":[[\"x\"]]}}"), await _table.PostAsync("invocations", body));

    [Theory]
    [InlineData(
        "invocations",
        "{\"dataframe_split\":{\"columns\":[\"p\",\"q\"],\"data\":[[1,2],[3,NaN]]}}",
        "[{\"y\":1.0},{\"y\":2.0},{\"y\":3.0},{\"y\":NaN}]"
    )]
    [InlineData("invocations", "{\"dataframe_split\":{\"data\":[[1,2]]}}", "[{\"y\":1.0},{\"y\":2.0}]")]
    [InlineData("invocations", "{\"inputs\":[[1,2]]}", "{\"y\":[[1.0,2.0]]}")]
    [InlineData("score", "{\"input_data\":[[1,2]]}", "{\"y\":[[1.0,2.0]]}")]
    [InlineData("vertex/predict", "{\"instances\":[[1,2],[3,4]],\"parameters\":{}}", "[[1.0,2.0],[3.0,4.0]]")]
    public async Task Predict_OneInput_TakesTheColumnsAsItsRow(string path, string body, string expected) =>
        Assert.Equal((200, $"{{\"predictions\":{expected}}}"), await _matrix.PostAsync(path, body));

    [Fact]
    public async Task Invocations_V2InJson_IsAnsweredInV2()
    {
        var (status, answer) = await _matrix.PostAsync(
            "invocations",
            "{\"id\":\"i\",\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[1,2]}]}"
        );

        Assert.Equal(200, status);
        Assert.Equal("model i", $"{JsonNode.Parse(answer)!["model_name"]} {JsonNode.Parse(answer)!["id"]}");
    }

    [Theory]
    [InlineData("application/vnd.sagemaker-triton.binary+json")]
    [InlineData("application/vnd.vertex-ai-triton.binary+json")]
    public async Task Invocations_VendorBinary_SaysTheHeaderLengthInTheContentType(string type)
    {
        const string Json =
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":8}}],\"parameters\":{\"binary_data_output\":true}}";
        byte[] values = [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(2.5f)];
        using var content = new ByteArrayContent([.. Encoding.UTF8.GetBytes(Json), .. values]);
        content.Headers.TryAddWithoutValidation("Content-Type", $"{type};json-header-size={Json.Length}");

        using var response = await _matrix.Client.PostAsync(new Uri("invocations", UriKind.Relative), content);

        var answer = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(
            $"{type};json-header-size={answer.Length - 8}",
            response.Content.Headers.ContentType!.ToString().Replace("; ", ";", StringComparison.Ordinal)
        );
        Assert.Equal(values, answer[^8..]);
    }

    [Theory]
    [InlineData("{}", "application/json", 400, "None is given")]
    [InlineData("{\"inputs\":[[1,2]],\"instances\":[[1,2]]}", "application/json", 400, "More than one is given")]
    [InlineData("[1]", "application/json", 400, "must be a JSON dictionary")]
    [InlineData("{\"dataframe_split\":[]}", "application/json", 400, "dataframe_split must be a JSON object")]
    [InlineData("{\"dataframe_split\":{\"columns\":[\"a\"]}}", "application/json", 400, "has no 'data'")]
    [InlineData("{\"dataframe_split\":{\"columns\":[\"a\"],\"data\":[]}}", "application/json", 400, "has no rows")]
    [InlineData(
        "{\"dataframe_split\":{\"columns\":[\"a\",\"b\"],\"data\":[[1]]}}",
        "application/json",
        400,
        "row 0 has 1 values for 2 columns"
    )]
    [InlineData("{\"dataframe_records\":[{\"a\":1,\"b\":2},{\"a\":1}]}", "application/json", 400, "a record lacks column 'b'")]
    [InlineData("{\"dataframe_records\":[{\"a\":1},{\"a\":1,\"b\":2}]}", "application/json", 400, "column 'b' is not in the first record")]
    [InlineData("{\"dataframe_records\":[3]}", "application/json", 400, "each record must be an object")]
    [InlineData("{\"dataframe_split\":{\"columns\":[\"p\",\"q\",\"r\"],\"data\":[[1,2,3]]}}", "application/json", 400, "shape")]
    [InlineData("{\"dataframe_split\":{\"columns\":[\"p\",\"q\"],\"data\":[[1,\"x\"]]}}", "application/json", 400, "a string")]
    [InlineData("p,q\n1", "text/csv", 400, "line 2: 1 fields where the header has 2")]
    [InlineData("", "text/csv", 400, "the header is missing")]
    [InlineData("<x/>", "application/xml", 415, "only supports the following content types")]
    [InlineData("x", "application/vnd.sagemaker-triton.binary+json", 400, "json-header-size")]
    public async Task Invocations_WrongBody_IsRefusedInMlflowsForm(string body, string type, int status, string expected)
    {
        var answer = await SendAsync(_matrix, "invocations", body, type);

        Assert.Equal(status, answer.Status);
        Assert.Equal("BAD_REQUEST", (string)JsonNode.Parse(answer.Body)!["error_code"]!);
        Assert.Contains(expected, (string)JsonNode.Parse(answer.Body)!["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ping")]
    [InlineData("health")]
    [InlineData("vertex/health")]
    public async Task Health_OfAReadyService_Is200(string path) => Assert.Equal(200, (await _matrix.GetAsync(path)).Status);

    [Fact]
    public async Task Invocations_WhereSeveralModelsAreServed_AsksWhichOne()
    {
        using var folder = new TempFolder();
        RepositoryHost.WriteModel(folder, "a/1/model.onnx", 1);
        RepositoryHost.WriteModel(folder, "b/1/model.onnx", 2);
        await using var several = await RepositoryHost.StartAsync(folder, "none");
        await using var named = await RepositoryHost.StartAsync(folder, "none", ("Inference:Container:Model", "b"));

        Assert.Contains(
            "Inference:Container:Model",
            (await several.PostAsync("invocations", "{\"inputs\":[[1]]}")).Body,
            StringComparison.Ordinal
        );
        Assert.Equal("{\"predictions\":{\"y\":[[3.0]]}}", (await named.PostAsync("invocations", "{\"inputs\":[[1]]}")).Body);
    }

    private static async Task<(int Status, string Body)> SendAsync(RepositoryHost host, string path, string body, string type)
    {
        using var content = new StringContent(body, Encoding.UTF8);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var response = await host.Client.PostAsync(new Uri(path, UriKind.Relative), content);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
