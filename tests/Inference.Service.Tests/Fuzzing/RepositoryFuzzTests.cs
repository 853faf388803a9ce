using System.Text;
using Slipway.Inference.Service.Tests.Repository;
using Slipway.Testing;
using Slipway.Testing.Fuzzing;

namespace Slipway.Inference.Service.Tests.Fuzzing;

/// <summary>Damaged configurations and load requests for a service over folders: the model that is served stays served.</summary>
public sealed class RepositoryFuzzTests : IDisposable
{
    private const string Config = """
        max_batch_size: 8
        input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
        output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] label_filename: "labels.txt" } ]
        dynamic_batching { preferred_batch_size: [ 4, 8 ] max_queue_delay_microseconds: 100 priority_levels: 2 }
        instance_group [ { count: 2 kind: KIND_CPU } ]
        version_policy { latest { num_versions: 1 } }
        """;

    private static readonly string[] s_tokens =
    [
        "max_batch_size: ",
        "dynamic_batching {",
        "ensemble_scheduling { step { model_name: \"m\" model_version: -1 } }",
        "sequence_batching { state { input_name: \"x\" output_name: \"y\" } }",
        "version_policy { specific { versions: 9 } }",
        "label_filename: \"../../../etc/passwd\"",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "-1",
    ];

    private readonly TempFolder _repository = new();

    public void Dispose() => _repository.Dispose();

    [Fact]
    public async Task Load_DamagedConfigurationsAndRequests_AreRefusedClearly()
    {
        RepositoryHost.WriteModel(_repository, "good/1/model.onnx", 1);
        RepositoryHost.WriteModel(_repository, "m/1/model.onnx", 1);
        RepositoryHost.WriteText(_repository, "m/labels.txt", "a\nb");
        await using var host = await RepositoryHost.StartAsync(_repository, "explicit", ("Inference:Repository:LoadModels:0", "good"));
        var configs = new Mutator([Encoding.UTF8.GetBytes(Config)], s_tokens);
        var requests = new Mutator(
            [
                """{"parameters":{"config":"{\"max_batch_size\":4}"}}"""u8.ToArray(),
                """{"parameters":{"config":"{\"backend\":\"onnxruntime\"}","file:1/model.onnx":"AAAA"}}"""u8.ToArray(),
                "{}"u8.ToArray(),
            ],
            [.. s_tokens, "\"file:../../x\":\"AAAA\"", "\"config\":1", "\\\"", "null"]
        );
        foreach (var (number, random) in FuzzPlan.Cases(150))
        {
            var config = configs.Next(random);
            await File.WriteAllBytesAsync(Path.Combine(_repository.Path, "m/config.pbtxt"), config);
            var request = random.Next(2) == 0 ? "{}"u8.ToArray() : requests.Next(random);
            using var content = new ByteArrayContent(request);

            using var response = await host.Client.PostAsync(new Uri("v2/repository/models/m/load", UriKind.Relative), content);

            var answer = await response.Content.ReadAsStringAsync();
            Assert.True(
                (int)response.StatusCode is 200 or 400 or 404,
                $"{(int)response.StatusCode} {answer} for {FuzzPlan.Describe(number, config)} and {FuzzPlan.Describe(number, request)}"
            );
            Assert.Equal("2", await host.InferAsync("good"));
        }
    }
}
