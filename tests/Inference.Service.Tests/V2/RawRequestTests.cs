using Google.Protobuf;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Inference.Service.Tests.Repository;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Service.Tests.V2;

/// <summary>Raw requests to models whose configuration says more of their shapes than the graph does.</summary>
public sealed class RawRequestTests : IDisposable
{
    private readonly TempFolder _repository = new();

    public void Dispose() => _repository.Dispose();

    [Theory]
    // As Triton's own tests have it: one element by the configuration, whatever the graph takes.
    [InlineData(OnnxType.String, 2, 8, "1", "427", 200)]
    [InlineData(OnnxType.String, 2, 8, "-1", "427", 400)]
    [InlineData(OnnxType.String, 1, 0, "-1", "427", 400)]
    [InlineData(OnnxType.String, 1, 0, "1", "427", 200)]
    [InlineData(OnnxType.String, 1, -1, "", "427", 200)]
    [InlineData(OnnxType.Uint8, 2, 8, "-1", "4275", 200)]
    [InlineData(OnnxType.Uint8, 2, 8, "3", "427", 200)]
    [InlineData(OnnxType.Uint8, 2, 8, "3", "42", 400)]
    [InlineData(OnnxType.Uint8, 2, 0, "-1, -1", "4275", 400)]
    [InlineData(OnnxType.Uint8, 2, 0, "2, -1", "4275", 200)]
    [InlineData(OnnxType.Uint8, 2, 0, "2, -1", "427", 400)]
    public async Task Infer_Raw_FollowsTheConfiguration(OnnxType type, int rank, int maxBatchSize, string dims, string body, int expected)
    {
        object[] shape = [.. Enumerable.Range(0, rank).Select(i => $"d{i}")];
        Directory.CreateDirectory(Path.Combine(_repository.Path, "m/1"));
        File.WriteAllBytes(Path.Combine(_repository.Path, "m/1/model.onnx"), OnnxModelBuilder.Identity(type, shape).Model.ToByteArray());
        if (maxBatchSize >= 0)
        {
            var name = type == OnnxType.String ? "TYPE_STRING" : "TYPE_UINT8";
            RepositoryHost.WriteText(
                _repository,
                "m/config.pbtxt",
                $$"""
                max_batch_size: {{maxBatchSize}}
                input { name: "x" data_type: {{name}} dims: [ {{dims}} ] }
                output { name: "y" data_type: {{name}} dims: [ {{dims}} ] }
                """
            );
        }
        await using var host = await RepositoryHost.StartAsync(_repository, "none");
        using var content = new StringContent(body);
        content.Headers.Add("Inference-Header-Content-Length", "0");

        using var response = await host.Client.PostAsync(new Uri("v2/models/m/infer", UriKind.Relative), content);

        var answer = await response.Content.ReadAsStringAsync();
        Assert.True(expected == (int)response.StatusCode, answer);
        Assert.EndsWith(expected == 200 ? body : "\"}", answer, StringComparison.Ordinal);
    }
}
