using System.Globalization;
using System.IO.Compression;
using System.Text;
using Slipway.Inference.Service.Tests.Predictions;
using Slipway.Testing.Fuzzing;

namespace Slipway.Inference.Service.Tests.Fuzzing;

/// <summary>Damaged and random bodies and headers for every parser behind HTTP.</summary>
[Collection(AllocationTests.Alone)]
public sealed class HttpFuzzTests(FuzzService service) : IClassFixture<FuzzService>
{
    private const string LengthHeader = "Inference-Header-Content-Length";
    private static readonly string[] s_models =
    [
        "demand",
        "linear",
        "classes",
        "scalar",
        "one-text",
        "BOOL",
        "INT8",
        "INT64",
        "UINT64",
        "FP16",
        "FP64",
        "BYTES",
    ];

    private static readonly string[] s_tokens =
    [
        "\"inputs\":",
        "\"instances\":",
        "\"outputs\":",
        "\"name\":\"x\"",
        "\"shape\":[2,2]",
        "\"shape\":[9223372036854775807,9223372036854775807]",
        "\"shape\":[4294967296,4294967296]",
        "\"shape\":[0,-1]",
        "\"shape\":[]",
        "\"datatype\":\"FP32\"",
        "\"datatype\":\"BYTES\"",
        "\"data\":[1,2]",
        "\"data\":",
        "\"parameters\":{\"binary_data_size\":8}",
        "\"parameters\":{\"classification\":2147483648}",
        "\"timeout\":0",
        "\"priority\":-1",
        "\"sequence_id\":1",
        "{\"b64\":\"AAAA\"}",
        "{\"b64\":1}",
        "null",
        "true",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
    ];

    private static readonly JsonGenerator s_generator = new(
        "inputs",
        "instances",
        "outputs",
        "name",
        "shape",
        "datatype",
        "data",
        "parameters",
        "x",
        "y",
        "temp",
        "season",
        "FP32",
        "BYTES",
        "INT64",
        "b64",
        "id",
        "columns",
        "index",
        "dataframe_split",
        "dataframe_records",
        "signature_name",
        "examples",
        "context",
        "binary_data_size"
    );

    private static readonly byte[][] s_v2 = Bytes(
        """{"id":"7","parameters":{"priority":1,"timeout":9000000},"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[[1.5,-2e1]]}]}""",
        """{"inputs":[{"name":"temp","shape":[2,1],"datatype":"FP32","data":[1,NaN]},{"name":"season","shape":[2,1],"datatype":"BYTES","data":["1","\u00e9"]}]}""",
        """{"inputs":[{"data":[1,0,true],"shape":[3],"datatype":"BOOL","name":"x"}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}""",
        """{"inputs":[{"name":"x","shape":[2,2],"datatype":"INT64","data":[[1,-9223372036854775808],[9007199254740993,4]]}]}""",
        """{"inputs":[{"name":"x","shape":[],"datatype":"FP32","data":[1]}],"outputs":[{"name":"y","parameters":{"classification":3}}]}""",
        """{"inputs":[{"name":"x","shape":[0],"datatype":"BYTES","data":[]}]}"""
    );

    private static readonly byte[][] s_v1 = Bytes(
        """{"instances":[{"temp":1,"season":"1"},{"temp":2.5,"season":"2"}]}""",
        """{"signature_name":"serving_default","instances":[[1,2],[3,4]]}""",
        """{"inputs":{"temp":[[1],[2]],"season":[["1"],["2"]]}}""",
        """{"inputs":[[1,2]]}""",
        """{"instances":[{"b64":"aGVsbG8="},"text"]}""",
        """{"instances":[[[],[]],[[],[]]]}"""
    );

    private static readonly byte[][] s_invocations = Bytes(
        """{"dataframe_split":{"index":[0,1],"columns":["temp","season"],"data":[[1.5,"1"],[null,"2"]]}}""",
        """{"dataframe_records":[{"temp":1,"season":"1"},{"season":"2","temp":2}]}""",
        """{"instances":[{"temp":1,"season":"1"}]}""",
        """{"inputs":{"temp":[[1]],"season":[["1"]]},"params":{"a":1}}"""
    );

    private static readonly byte[][] s_csv = Bytes(
        "temp,season\n1.5,1\n2,\"2\"\n",
        "season,temp,other\r\n\"a\"\"b\",1,\n,NaN,2\r\n",
        "\uFEFFtemp,season\n1,1"
    );

    [Fact]
    public Task V2_DamagedBodies_AreRefusedClearly() => JsonAsync(1500, s_v2, model => $"v2/models/{model}/infer");

    [Fact]
    public Task V1_DamagedBodies_AreRefusedClearly() => JsonAsync(1500, s_v1, model => $"v1/models/{model}:predict");

    [Fact]
    public Task V1_DamagedExamples_AreRefusedClearly() =>
        JsonAsync(
            400,
            Bytes(
                """{"examples":[{"temp":1,"season":"1"},{"temp":[2],"season":["2"]}]}""",
                """{"context":{"season":{"b64":"MQ=="}},"examples":[{"temp":1}]}""",
                """{"examples":[{"x":0.75}]}"""
            ),
            model => $"v1/models/{model}:{(model.Length % 2 == 0 ? "classify" : "regress")}"
        );

    [Fact]
    public Task Generate_DamagedBodies_AreRefusedClearly() => JsonAsync(300, s_v1, model => $"v2/models/{model}/generate");

    [Fact]
    public Task Invocations_DamagedJson_IsRefusedClearly() => JsonAsync(1000, [.. s_invocations, .. s_v2], _ => "invocations");

    [Fact]
    public async Task Invocations_DamagedCsv_IsRefusedClearly()
    {
        var mutator = new Mutator(s_csv, "\"", ",", "\n", "\r", "\"\"", "temp", "season", "\uFEFF", "\0");
        foreach (var (number, random) in FuzzPlan.Cases(800))
        {
            await service.SendAsync(number, "invocations", mutator.Next(random), ("Content-Type", "text/csv"));
        }
        await service.IsServingAsync();
    }

    [Fact]
    public async Task Infer_DamagedBinaryRequests_AreRefusedClearly()
    {
        byte[][] heads = Bytes(
            """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}],"parameters":{"binary_data_output":true}}""",
            """{"inputs":[{"name":"x","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":11}}]}""",
            """{"inputs":[{"name":"x","shape":[3],"datatype":"FP16","parameters":{"binary_data_size":6}}]}"""
        );
        byte[][] blobs =
        [
            [0, 0, 128, 63, 0, 0, 0, 64],
            [1, 0, 0, 0, 97, 2, 0, 0, 0, 98, 99],
            [0, 60, 0, 64, 255, 127],
        ];
        var head = new Mutator(heads, s_tokens);
        var blob = new Mutator(blobs);
        foreach (var (number, random) in FuzzPlan.Cases(1500))
        {
            var which = random.Next(heads.Length);
            var json = random.Next(2) == 0 ? heads[which] : head.Next(random);
            byte[] body = [.. json, .. random.Next(2) == 0 ? blobs[which] : blob.Next(random)];
            var model =
                random.Next(2) == 0
                    ? (string[])["linear", "BYTES", "FP16"] is var fitting
                        ? fitting[which]
                        : ""
                    : s_models[random.Next(s_models.Length)];
            await service.SendAsync(number, $"v2/models/{model}/infer", body, (LengthHeader, Length(random, json.Length, body.Length)));
        }
        await service.IsServingAsync();
    }

    [Fact]
    public async Task Infer_DamagedEncodings_AreRefusedClearly()
    {
        byte[][] packed =
        [
            Pack(s_v2[0], to => new GZipStream(to, CompressionLevel.Fastest)),
            Pack(s_v2[0], to => new ZLibStream(to, CompressionLevel.Fastest)),
            Pack(new byte[50 << 20], to => new GZipStream(to, CompressionLevel.Fastest)),
        ];
        var mutator = new Mutator(packed);
        string[] codings = ["gzip", "deflate", "gzip, gzip", "br", "", "GZIP", "identity"];
        foreach (var (number, random) in FuzzPlan.Cases(400))
        {
            var body = random.Next(4) == 0 ? packed[random.Next(packed.Length)] : mutator.Next(random);
            await service.SendAsync(number, "v2/models/linear/infer", body, ("Content-Encoding", codings[random.Next(codings.Length)]));
        }
        await service.IsServingAsync();
    }

    [Fact]
    public async Task Models_DamagedNames_AreRefusedClearly()
    {
        var mutator = new Mutator(
            Bytes("linear", "linear/versions/1", "../../etc/passwd", "linear%2Fversions"),
            "%",
            "..",
            "/",
            ":",
            "versions",
            "\u00e9",
            "?",
            " "
        );
        foreach (var (number, random) in FuzzPlan.Cases(500))
        {
            var name = Uri.EscapeDataString(Encoding.Latin1.GetString(mutator.Next(random))).Replace("%2F", "/", StringComparison.Ordinal);
            // The server itself refuses longer request lines and zeros in them, without a body.
            name = (name.Length > 4000 ? name[..4000] : name).Replace("%00", "0", StringComparison.Ordinal);
            await service.SendAsync(number, $"v2/models/m{name}/infer", s_v2[0]);
        }
        await service.IsServingAsync();
    }

    private async Task JsonAsync(int count, byte[][] bodies, Func<string, string> path)
    {
        var mutator = new Mutator(
            bodies,
            [
                .. s_tokens,
                new string('[', 90),
                new string('[', 5000),
                new string('{', 200),
                string.Concat(Enumerable.Repeat("{\"a\":", 120)),
            ]
        );
        foreach (var (number, random) in FuzzPlan.Cases(count))
        {
            var body = random.Next(4) == 0 ? s_generator.Next(random) : mutator.Next(random);
            await service.SendAsync(number, path(s_models[random.Next(s_models.Length)]), body, ("Content-Type", "application/json"));
        }
        await service.IsServingAsync();
    }

    private static string Length(Random random, int head, int body) =>
        random.Next(12) switch
        {
            0 => "-1",
            1 => "0",
            2 => $"{body}",
            3 => $"{body + 1}",
            4 => "9223372036854775807",
            5 => "99999999999999999999",
            6 => "abc",
            7 => "",
            8 => random.Next(-5, body + 5).ToString(CultureInfo.InvariantCulture),
            9 => $"+{head}",
            _ => $"{head}",
        };

    private static byte[][] Bytes(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static byte[] Pack(byte[] body, Func<Stream, Stream> coding)
    {
        using var target = new MemoryStream();
        using (var encoder = coding(target))
        {
            encoder.Write(body);
        }
        return target.ToArray();
    }
}
