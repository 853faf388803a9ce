using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Inference.Service.Tests.SharedMemory;

/// <summary>Over REST; what is not in shared memory goes in bytes after the JSON, both ways.</summary>
internal sealed class RestSharedMemoryClient(HttpClient client) : SharedMemoryClient
{
    private const string LengthHeader = "Inference-Header-Content-Length";

    public override async Task<string> RegisterAsync(string name, string key, ulong offset, ulong byteSize)
    {
        var body = new JsonObject
        {
            ["key"] = key,
            ["offset"] = offset,
            ["byte_size"] = byteSize,
        };
        using var response = await client.PostAsJsonAsync($"v2/systemsharedmemory{Region(name)}/register", body);
        return await ErrorOfAsync(response);
    }

    public override async Task<string> UnregisterAsync(string name)
    {
        using var response = await client.PostAsync(new Uri($"v2/systemsharedmemory{Region(name)}/unregister", UriKind.Relative), null);
        return await ErrorOfAsync(response);
    }

    public override async Task<string> StatusAsync(string name)
    {
        using var response = await client.GetAsync(new Uri($"v2/systemsharedmemory{Region(name)}/status", UriKind.Relative));
        if (!response.IsSuccessStatusCode)
        {
            return await ErrorOfAsync(response);
        }
        var regions = (await response.Content.ReadFromJsonAsync<JsonArray>())!;
        return string.Join(
            '\n',
            regions.Select(region => $"{region!["name"]} {region["key"]} {(ulong)region["offset"]!} {(ulong)region["byte_size"]!}")
        );
    }

    public override async Task<SharedMemoryAnswer> InferAsync(
        string model,
        string? id,
        IReadOnlyList<SharedMemoryInput> inputs,
        IReadOnlyList<SharedMemoryOutput> outputs
    )
    {
        var head = new JsonObject
        {
            ["inputs"] = new JsonArray([.. inputs.Select(Describe)]),
            ["outputs"] = new JsonArray([.. outputs.Select(Describe)]),
            ["parameters"] = new JsonObject { ["binary_data_output"] = true },
        };
        if (id is not null)
        {
            head["id"] = id;
        }
        var json = Encoding.UTF8.GetBytes(head.ToJsonString());
        using var content = new ByteArrayContent([.. json, .. inputs.SelectMany(input => input.Bytes ?? [])]);
        content.Headers.Add(LengthHeader, json.Length.ToString(CultureInfo.InvariantCulture));
        using var response = await client.PostAsync(new Uri($"v2/models/{model}/infer", UriKind.Relative), content);
        return response.IsSuccessStatusCode ? await ReadAsync(response) : new SharedMemoryAnswer(await ErrorOfAsync(response), "", []);
    }

    private static async Task<SharedMemoryAnswer> ReadAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsByteArrayAsync();
        var length = response.Headers.TryGetValues(LengthHeader, out var values)
            ? int.Parse(values.Single(), CultureInfo.InvariantCulture)
            : body.Length;
        var answer = JsonNode.Parse(body.AsSpan(0, length))!;
        var bytes = new List<byte[]>();
        var at = length;
        foreach (var output in answer["outputs"]!.AsArray())
        {
            Assert.Null(output!["data"]);
            // Triton's C++ client takes it for a failure where an output has parameters and no size of bytes among them.
            var size = output["parameters"] is { } parameters ? (int)parameters["binary_data_size"]! : 0;
            bytes.Add(body[at..(at + size)]);
            at += size;
        }
        Assert.Equal(body.Length, at);
        var described = answer["outputs"]!
            .AsArray()
            .Select(output =>
                $"{output!["name"]} {output["datatype"]} {string.Join(',', output["shape"]!.AsArray().Select(d => (long)d!))}"
            );
        return new SharedMemoryAnswer("", string.Join('\n', described), bytes);
    }

    private static string Region(string name) => name.Length == 0 ? "" : $"/region/{Uri.EscapeDataString(name)}";

    private static JsonNode Describe(SharedMemoryInput input)
    {
        var parameters = Describe(input.Place);
        if (input.Bytes is not null)
        {
            parameters["binary_data_size"] = input.Bytes.Length;
        }
        return new JsonObject
        {
            // Before the name, so that nothing relies on an order.
            ["parameters"] = parameters,
            ["name"] = input.Name,
            ["datatype"] = input.Datatype,
            ["shape"] = new JsonArray([.. input.Shape.Select(dimension => JsonValue.Create(dimension))]),
        };
    }

    private static JsonNode Describe(SharedMemoryOutput output)
    {
        var parameters = Describe(output.Place);
        if (output.Classes > 0)
        {
            parameters["classification"] = output.Classes;
        }
        return new JsonObject { ["parameters"] = parameters, ["name"] = output.Name };
    }

    private static JsonObject Describe(Place? place)
    {
        var parameters = new JsonObject();
        if (place?.Region is { } region)
        {
            parameters["shared_memory_region"] = region;
        }
        if (place?.ByteSize is { } size)
        {
            parameters["shared_memory_byte_size"] = size;
        }
        if (place?.Offset is { } offset)
        {
            parameters["shared_memory_offset"] = offset;
        }
        return parameters;
    }

    private static async Task<string> ErrorOfAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? ""
            : $"{(int)response.StatusCode} {JsonDocument.Parse(body).RootElement.GetProperty("error")}";
    }
}
