using System.Text;
using Slipway.Inference.Service.Tests.Repository;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Containers;

public sealed class VertexRedirectTests : IDisposable
{
    private const string Infer = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,1],\"datatype\":\"FP32\",\"data\":[1]}]}";
    private readonly TempFolder _repository = new();

    public void Dispose() => _repository.Dispose();

    [Theory]
    [InlineData("v2/models/m/infer", Infer, 200, "\"data\":[6.0]")]
    [InlineData("/v2/models/m/versions/1/infer", Infer, 200, "\"data\":[6.0]")]
    [InlineData("v2/models/m", "", 200, "\"inputs\"")]
    [InlineData("v2/health/ready", "", 200, "\"ready\":true")]
    [InlineData("v2/repository/index", "", 200, "\"READY\"")]
    [InlineData("v2/models/unknown/infer", Infer, 404, "unknown model")]
    [InlineData("v2/repository/models/m/unload", "", 400, "X-Vertex-Ai-Triton-Redirect")]
    [InlineData("v2/systemsharedmemory/region/r/register", "{}", 400, "X-Vertex-Ai-Triton-Redirect")]
    [InlineData("metrics", "", 400, "X-Vertex-Ai-Triton-Redirect")]
    [InlineData("v2/models/m/../../health/live", "", 400, "X-Vertex-Ai-Triton-Redirect")]
    public async Task Predict_WithRedirect_ReachesWhatReadsOrPredicts(string target, string body, int status, string answer)
    {
        RepositoryHost.WriteModel(_repository, "m/1/model.onnx", 5);
        await using var host = await RepositoryHost.StartAsync(
            _repository,
            "explicit",
            ("Inference:Repository:LoadModels:0", "m"),
            ("Inference:Container:PredictRoute", "/predict")
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, "predict");
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Add("X-Vertex-Ai-Triton-Redirect", target);

        using var response = await host.Client.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(answer, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
