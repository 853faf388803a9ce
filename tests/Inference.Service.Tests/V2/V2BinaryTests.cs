using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using Slipway.Inference.Service.Tests.Grpc;
using Slipway.Inference.Service.Tests.Hosting;

namespace Slipway.Inference.Service.Tests.V2;

/// <summary>The binary tensor data, classification and generate extensions, content codings, and the routes that describe models.</summary>
public sealed class V2BinaryTests(GrpcService service) : IClassFixture<GrpcService>
{
    private const string LengthHeader = "Inference-Header-Content-Length";
    private readonly InferenceHost _host = service.Host;

    [Theory]
    [InlineData("FP16", new byte[] { 0, 0x3C, 0, 0x7C })]
    [InlineData("BF16", new byte[] { 0x80, 0x3F, 0x80, 0x7F })]
    [InlineData("INT64", new byte[] { 1, 0, 0, 0, 0, 0, 0, 0x80, 2, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData("BYTES", new byte[] { 1, 0, 0, 0, 0, 2, 0, 0, 0, 0xFF, 0xFE })]
    [InlineData("BOOL", new byte[] { 1, 0 })]
    public async Task Infer_BinaryBothWays_GivesTheBytesBack(string type, byte[] bytes)
    {
        var head =
            $$$"""{"parameters":{"binary_data_output":true},"inputs":[{"name":"x","datatype":"{{{type}}}","shape":[2],"parameters":{"binary_data_size":{{{bytes.Length}}}}}]}""";

        var (status, json, blob) = await PostAsync(type, head, bytes);

        Assert.Equal(200, status);
        Assert.EndsWith(
            $$$"""[{"name":"y","datatype":"{{{type}}}","shape":[2],"parameters":{"binary_data_size":{{{bytes.Length}}}}}]}""",
            json,
            StringComparison.Ordinal
        );
        Assert.Equal(bytes, blob);
    }

    [Fact]
    public async Task Infer_BooleansOtherThanOne_AreOne()
    {
        const string Head =
            """{"parameters":{"binary_data_output":true},"inputs":[{"name":"x","datatype":"BOOL","shape":[3],"parameters":{"binary_data_size":3}}]}""";

        Assert.Equal([1, 0, 1], (await PostAsync("BOOL", Head, [7, 0, 255])).Blob);
    }

    [Fact]
    public async Task Infer_JsonInBinaryOut_PartsThemByTheHeader()
    {
        const string Head =
            """{"id":"b","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}""";

        var (status, json, blob) = await PostAsync("linear", Head, []);

        Assert.Equal((200, Bytes(9f)[3]), (status, blob[3]));
        Assert.Equal(
            """{"model_name":"linear","model_version":"3","id":"b","outputs":[{"name":"y","datatype":"FP32","shape":[1,1],"parameters":{"binary_data_size":4}}]}""",
            json
        );
    }

    [Fact]
    public async Task Infer_OutputsOwnFlag_OverridesTheRequests()
    {
        const string Body =
            """{"id":"b","parameters":{"binary_data_output":true},"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}],"outputs":[{"name":"y","parameters":{"binary_data":false}}]}""";

        var (_, answer, response) = await _host.PostAsync("v2/models/linear/infer", Body);

        Assert.EndsWith("""[{"name":"y","datatype":"FP32","shape":[1,1],"data":[9.0]}]}""", answer, StringComparison.Ordinal);
        Assert.False(response.Headers.Contains(LengthHeader));
    }

    [Theory]
    [InlineData("linear", 2)]
    [InlineData("FP32", 32)]
    public async Task Infer_Raw_DeducesTheShape(string model, int count)
    {
        var values = Enumerable.Range(0, count).Select(i => (float)i).ToArray();

        var (status, json, blob) = await PostAsync(model, "", Bytes(values), "0");

        Assert.Equal(200, status);
        var expected = model == "linear" ? Bytes(4f) : Bytes(values);
        Assert.Equal(expected, blob);
        Assert.Contains("binary_data_size", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_RawText_IsOneElementWithoutLength()
    {
        var (status, _, blob) = await PostAsync("one-text", "", "427"u8.ToArray(), "0");

        Assert.Equal(200, status);
        Assert.Equal([3, 0, 0, 0, .. "427"u8], blob);
    }

    [Theory]
    [InlineData("open", "The shape of the raw input 'x' can not be deduced because there are more than one variable-sized dimension")]
    [InlineData("linear", "input byte size mismatch for input 'x' for model 'linear'. Expected 8, got 12")]
    public async Task Infer_RawThatFitsNoShape_Answers400(string model, string expected)
    {
        var (status, json, _) = await PostAsync(model, "", new byte[12], "0");

        Assert.Equal((400, $$"""{"error":"{{expected}}"}"""), (status, json));
    }

    [Theory]
    [InlineData("-5", "Unable to parse 'Inference-Header-Content-Length', got: -5")]
    [InlineData("x", "Unable to parse 'Inference-Header-Content-Length', got: x")]
    [InlineData("9999", "'Inference-Header-Content-Length' of 9999 exceeds the request body of 90 bytes")]
    public async Task Infer_WrongHeader_Answers400(string header, string expected)
    {
        const string Head = """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"parameters":{"x":0}}]} """;

        var (status, json, _) = await PostAsync("linear", Head.PadRight(82), new byte[8], header);

        Assert.Equal((400, $$"""{"error":"{{expected}}"}"""), (status, json));
    }

    [Theory]
    [InlineData(12, 8, "unexpected size for input 'x', expecting 12 bytes of binary data but only 8 are left")]
    [InlineData(8, 12, "unexpected additional input data for model 'linear': 4 bytes belong to no input")]
    [InlineData(4, 4, "input byte size mismatch for input 'x' for model 'linear'. Expected 8, got 4")]
    [InlineData(-1, 4, "Unable to parse 'binary_data_size': a whole number is expected, not negative")]
    public async Task Infer_WrongBinarySizes_Answer400(int announced, int sent, string expected)
    {
        var head = $$$"""{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":{{{announced}}}}}]}""";

        var (status, json, _) = await PostAsync("linear", head, new byte[sent]);

        Assert.Equal((400, $$"""{"error":"{{expected}}"}"""), (status, json));
    }

    [Fact]
    public async Task Infer_DataAndBinarySize_Answers400()
    {
        const string Head =
            """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2],"parameters":{"binary_data_size":8}}]}""";

        var (status, json, _) = await PostAsync("linear", Head, new byte[8]);

        Assert.Equal((400, """{"error":"Unable to parse 'inputs': input 'x' has 'data' and 'binary_data_size'"}"""), (status, json));
    }

    [Fact]
    public async Task Infer_HalfPrecisionOutputInJson_Answers400()
    {
        const string Head = """{"inputs":[{"name":"x","datatype":"FP16","shape":[1],"parameters":{"binary_data_size":2}}]}""";

        var (status, json, _) = await PostAsync("FP16", Head, [0, 0x3C]);

        Assert.Equal(
            (400, """{"error":"sending FP16 data via JSON is not supported. Please use the binary data format for output 'y'"}"""),
            (status, json)
        );
    }

    [Fact]
    public async Task Infer_LargeBinary_GoesThroughWhole()
    {
        var values = new float[4_000_000];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = i;
        }
        var head =
            $$$"""{"parameters":{"binary_data_output":true},"inputs":[{"name":"x","datatype":"FP32","shape":[1,{{{values.Length}}}],"parameters":{"binary_data_size":{{{values.Length * 4}}}}}]}""";

        var (status, _, blob) = await PostAsync("wide", head, Bytes(values));

        Assert.Equal(200, status);
        Assert.True(blob.AsSpan().SequenceEqual(Bytes(values)));
    }

    [Theory]
    [InlineData("FP32", "[0.5,-1,2]", 2, """["2.000000:2","0.500000:0"]""")]
    [InlineData("FP32", "[NaN,1,Infinity]", 9, """["inf:2","1.000000:1","nan:0"]""")]
    [InlineData("INT64", "[9007199254740993,9007199254740992,5]", 2, """["9007199254740993:0","9007199254740992:1"]""")]
    [InlineData("UINT8", "[3,3,1]", 1, """["3:0"]""")]
    public async Task Infer_Classification_GivesTheHighest(string type, string data, int classes, string expected)
    {
        var (status, answer, _) = await _host.PostAsync(
            $"v2/models/{type}/infer",
            $$$"""{"inputs":[{"name":"x","datatype":"{{{type}}}","shape":[3],"data":{{{data}}}}],"outputs":[{"name":"y","parameters":{"classification":{{{classes}}}}}]}"""
        );

        Assert.Equal(200, status);
        Assert.Contains("\"datatype\":\"BYTES\"", answer, StringComparison.Ordinal);
        Assert.EndsWith($"\"data\":{expected}}}]}}", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_ClassificationOfTexts_Answers400()
    {
        var (status, answer, _) = await _host.PostAsync(
            "v2/models/BYTES/infer",
            """{"inputs":[{"name":"x","datatype":"BYTES","shape":[1],"data":["a"]}],"outputs":[{"name":"y","parameters":{"classification":1}}]}"""
        );

        Assert.Equal((400, """{"error":"class result not available for output 'y' due to unsupported type 'BYTES'"}"""), (status, answer));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("raw-deflate")]
    public async Task Infer_EncodedBody_IsDecodedAndTheAnswerEncoded(string coding)
    {
        var body = """{"id":"c","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}"""u8.ToArray();
        var name = coding == "gzip" ? "gzip" : "deflate";
        using var content = new ByteArrayContent(Encode(body, coding));
        content.Headers.ContentEncoding.Add(name);
        using var request = new HttpRequestMessage(HttpMethod.Post, "v2/models/linear/infer") { Content = content };
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue(name));

        using var response = await _host.Client.SendAsync(request);

        Assert.Equal(name, response.Content.Headers.ContentEncoding.Single());
        Assert.Contains("\"data\":[9.0]", Decode(await response.Content.ReadAsByteArrayAsync(), name), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("identity", null)]
    [InlineData("br", null)]
    [InlineData("gzip;q=0", null)]
    [InlineData("gzip;q=0.5, deflate;q=0.9", "deflate")]
    [InlineData("GZIP", "gzip")]
    public async Task Infer_AcceptEncoding_IsHonoured(string accepted, string? expected)
    {
        var (status, _, response) = await _host.PostAsync(
            "v2/models/linear/infer",
            """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}""",
            ("Accept-Encoding", accepted)
        );

        Assert.Equal(200, status);
        Assert.Equal(expected, response.Content.Headers.ContentEncoding.SingleOrDefault());
    }

    [Fact]
    public async Task Infer_EncodedBodyBeyondTheLimit_Answers413()
    {
        using var content = new ByteArrayContent(Encode(new byte[20_000_001], "gzip"));
        content.Headers.ContentEncoding.Add("gzip");

        using var response = await _host.Client.PostAsync(new Uri("v2/models/linear/infer", UriKind.Relative), content);

        Assert.Equal(413, (int)response.StatusCode);
    }

    [Fact]
    public async Task Infer_BodyThatIsNotWhatItsEncodingSays_Answers400()
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.ContentEncoding.Add("gzip");

        using var response = await _host.Client.PostAsync(new Uri("v2/models/linear/infer", UriKind.Relative), content);

        Assert.Equal("""{"error":"the body is not valid gzip data"}""", await response.Content.ReadAsStringAsync());
        Assert.Equal(400, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("""{"x":[1,2],"id":"g","temperature":3}""", """{"id":"g","model_name":"linear","model_version":"3","y":9.0}""")]
    [InlineData("""{"x":[[1,2],[3,4]],"id":"g"}""", """{"id":"g","model_name":"linear","model_version":"3","y":[9.0,19.0]}""")]
    public async Task Generate_FlatObject_AnswersOne(string body, string expected)
    {
        var (status, answer, _) = await _host.PostAsync("v2/models/linear/generate", body);
        var (_, events, response) = await _host.PostAsync("v2/models/linear/generate_stream", body);

        Assert.Equal((200, expected), (status, answer));
        Assert.Equal($"data: {expected}\n\n", events);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Generate_MissingInput_Answers400()
    {
        var (status, answer, _) = await _host.PostAsync("v2/models/linear/generate", """{"z":1}""");

        Assert.Equal(400, status);
        Assert.Contains("missing required input(s) ['x']", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InferStream_Json_IsOneEvent()
    {
        var (_, events, _) = await _host.PostAsync(
            "v2/models/linear/infer_stream",
            """{"id":"s","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}"""
        );

        Assert.Equal(
            "data: {\"model_name\":\"linear\",\"model_version\":\"3\",\"id\":\"s\",\"outputs\":[{\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[9.0]}]}\n\n",
            events
        );
    }

    [Fact]
    public async Task Config_Model_HasTheGraphsTensors()
    {
        var (status, answer) = await _host.GetAsync("v2/models/INT64/config");

        Assert.Equal(200, status);
        Assert.Contains("\"name\":\"INT64\",\"platform\":\"onnxruntime_onnx\"", answer, StringComparison.Ordinal);
        Assert.Contains("\"data_type\":\"TYPE_INT64\"", answer, StringComparison.Ordinal);
        Assert.Equal(404, (await _host.GetAsync("v2/models/none/config")).Status);
    }

    private static byte[] Bytes(params float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static byte[] Encode(byte[] bytes, string coding)
    {
        var target = new MemoryStream();
        using (
            Stream encoder = coding switch
            {
                "gzip" => new GZipStream(target, CompressionLevel.Fastest),
                "deflate" => new ZLibStream(target, CompressionLevel.Fastest),
                _ => new DeflateStream(target, CompressionLevel.Fastest),
            }
        )
        {
            encoder.Write(bytes);
        }
        return target.ToArray();
    }

    private static string Decode(byte[] bytes, string coding)
    {
        using var source = new MemoryStream(bytes);
        using Stream decoder =
            coding == "gzip" ? new GZipStream(source, CompressionMode.Decompress) : new ZLibStream(source, CompressionMode.Decompress);
        using var text = new StreamReader(decoder);
        return text.ReadToEnd();
    }

    private async Task<(int Status, string Json, byte[] Blob)> PostAsync(string model, string head, byte[] blob, string? header = null)
    {
        var headBytes = Encoding.UTF8.GetBytes(head);
        using var content = new ByteArrayContent([.. headBytes, .. blob]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add(LengthHeader, header ?? headBytes.Length.ToString(CultureInfo.InvariantCulture));
        using var response = await _host.Client.PostAsync(new Uri($"v2/models/{model}/infer", UriKind.Relative), content);
        var answer = await response.Content.ReadAsByteArrayAsync();
        var length = response.Headers.TryGetValues(LengthHeader, out var values)
            ? int.Parse(values.Single(), CultureInfo.InvariantCulture)
            : answer.Length;
        return ((int)response.StatusCode, Encoding.UTF8.GetString(answer, 0, length), answer[length..]);
    }
}
