using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Tests.Grpc;
using Slipway.Inference.Service.Tests.Hosting;

namespace Slipway.Inference.Service.Tests.OnnxBackend;

/// <summary>Sends tensors to a model over each wire, as clients of each do. A refusal is an exception with its text.</summary>
internal sealed partial class CorpusWires(InferenceHost host, GrpcTestClient grpc)
{
    private const string LengthHeader = "Inference-Header-Content-Length";

    public Task<CorpusTensor[]> SendAsync(string wire, string model, IReadOnlyList<CorpusTensor> inputs) =>
        wire switch
        {
            "json" => SendJsonAsync(model, inputs),
            "binary" => SendBinaryAsync(model, inputs),
            _ => SendGrpcAsync(model, inputs),
        };

    private async Task<CorpusTensor[]> SendJsonAsync(string model, IReadOnlyList<CorpusTensor> inputs)
    {
        var described = inputs.Select(input => Describe(input, $"\"data\":[{string.Join(',', input.Elements().Select(ToJson))}]"));
        var body = $$"""{"inputs":[{{string.Join(',', described)}}]}""";
        var (status, answer, _) = await host.PostAsync($"v2/models/{model}/infer", body);
        if (status != 200)
        {
            throw new InvalidDataException(answer);
        }
        // Quoted, so that a parser of standard JSON takes them.
        using var json = JsonDocument.Parse(SpecialNumber().Replace(answer, "\"$1\""));
        return
        [
            .. json
                .RootElement.GetProperty("outputs")
                .EnumerateArray()
                .Select(output =>
                {
                    var datatype = output.GetProperty("datatype").GetString()!;
                    return Output(output, FromJson(datatype, output.GetProperty("data")));
                }),
        ];
    }

    private async Task<CorpusTensor[]> SendBinaryAsync(string model, IReadOnlyList<CorpusTensor> inputs)
    {
        var described = inputs.Select(input => Describe(input, $"\"parameters\":{{\"binary_data_size\":{input.Bytes.Length}}}"));
        var head = Encoding.UTF8.GetBytes($$"""{"parameters":{"binary_data_output":true},"inputs":[{{string.Join(',', described)}}]}""");
        using var content = new ByteArrayContent([.. head, .. inputs.SelectMany(input => input.Bytes)]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add(LengthHeader, $"{head.Length}");
        using var response = await host.Client.PostAsync(new Uri($"v2/models/{model}/infer", UriKind.Relative), content);
        var answer = await response.Content.ReadAsByteArrayAsync();
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidDataException(Encoding.UTF8.GetString(answer));
        }
        var length = response.Headers.TryGetValues(LengthHeader, out var values)
            ? int.Parse(values.Single(), CultureInfo.InvariantCulture)
            : answer.Length;
        using var json = JsonDocument.Parse(answer.AsMemory(0, length));
        var at = length;
        return
        [
            .. json
                .RootElement.GetProperty("outputs")
                .EnumerateArray()
                .Select(output =>
                {
                    var size = output.GetProperty("parameters").GetProperty("binary_data_size").GetInt32();
                    at += size;
                    return Output(output, answer[(at - size)..at]);
                }),
        ];
    }

    private async Task<CorpusTensor[]> SendGrpcAsync(string model, IReadOnlyList<CorpusTensor> inputs)
    {
        var request = new ModelInferRequest { ModelName = model };
        foreach (var input in inputs)
        {
            request.Inputs.Add(
                new ModelInferRequest.Types.InferInputTensor
                {
                    Name = input.Name,
                    Datatype = input.Datatype,
                    Shape = { input.Shape },
                }
            );
            request.RawInputContents.Add(ByteString.CopyFrom(input.Bytes));
        }
        var answer = await grpc.CallAsync("ModelInfer", ModelInferResponse.Parser, request);
        return answer.Status == 0
            ?
            [
                .. answer.Single.Outputs.Select(
                    (output, i) =>
                        new CorpusTensor(output.Name, output.Datatype, [.. output.Shape], answer.Single.RawOutputContents[i].ToByteArray())
                ),
            ]
            : throw new InvalidDataException(answer.Message);
    }

    private static string Describe(CorpusTensor tensor, string rest) =>
        $$"""{"name":{{JsonSerializer.Serialize(tensor.Name)}},"datatype":"{{tensor.Datatype}}","shape":[{{string.Join(',', tensor.Shape)}}],{{rest}}}""";

    private static string ToJson(object element) =>
        element switch
        {
            bool flag => flag ? "true" : "false",
            byte[] text => JsonSerializer.Serialize(Encoding.UTF8.GetString(text)),
            double number when double.IsInfinity(number) => number > 0 ? "Infinity" : "-Infinity",
            float number when float.IsInfinity(number) => number > 0 ? "Infinity" : "-Infinity",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => throw new ArgumentException(element.GetType().Name),
        };

    private static CorpusTensor Output(JsonElement output, byte[] bytes) =>
        new(
            output.GetProperty("name").GetString()!,
            output.GetProperty("datatype").GetString()!,
            [.. output.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt64())],
            bytes
        );

    private static byte[] FromJson(string datatype, JsonElement data)
    {
        var elements = data.EnumerateArray();
        return datatype switch
        {
            "BYTES" => CorpusTensor.JoinTexts(elements.Select(element => Encoding.UTF8.GetBytes(element.GetString()!))),
            "BOOL" => [.. elements.Select(element => element.GetBoolean() ? (byte)1 : (byte)0)],
            "UINT8" => [.. elements.Select(element => element.GetByte())],
            "INT8" => [.. elements.Select(element => unchecked((byte)element.GetSByte()))],
            "UINT16" => [.. elements.SelectMany(element => BitConverter.GetBytes(element.GetUInt16()))],
            "INT16" => [.. elements.SelectMany(element => BitConverter.GetBytes(element.GetInt16()))],
            "UINT32" => [.. elements.SelectMany(element => BitConverter.GetBytes(element.GetUInt32()))],
            "INT32" => [.. elements.SelectMany(element => BitConverter.GetBytes(element.GetInt32()))],
            "UINT64" => [.. elements.SelectMany(element => BitConverter.GetBytes(element.GetUInt64()))],
            "INT64" => [.. elements.SelectMany(element => BitConverter.GetBytes(element.GetInt64()))],
            "FP32" => [.. elements.SelectMany(element => BitConverter.GetBytes((float)Number(element)))],
            _ => [.. elements.SelectMany(element => BitConverter.GetBytes(Number(element)))],
        };
    }

    private static double Number(JsonElement element) =>
        element.ValueKind == JsonValueKind.String
            ? element.GetString() switch
            {
                "NaN" => double.NaN,
                "Infinity" => double.PositiveInfinity,
                _ => double.NegativeInfinity,
            }
            : element.GetDouble();

    [GeneratedRegex(@"(?<=[\[,])(NaN|-?Infinity)(?=[,\]])")]
    private static partial Regex SpecialNumber();
}
