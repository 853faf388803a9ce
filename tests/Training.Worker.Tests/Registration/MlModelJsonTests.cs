using System.Text.Json.Nodes;
using Slipway.Training.Worker.Registration;

namespace Slipway.Training.Worker.Tests.Registration;

public sealed class MlModelJsonTests
{
    [Fact]
    public void FromYaml_OfAnMlModelFile_KeepsTextTextAndNumbersNumbers()
    {
        const string yaml = """
            artifact_path: model
            flavors:
              onnx: {data: model.onnx, providers: [CUDAExecutionProvider, CPUExecutionProvider]}
            run_id: '0123'
            model_uuid: "12e5"
            model_size_bytes: 1234567890123
            ratio: 0.5
            is_signature_from_type_hint: false
            params: null
            """;

        var json = JsonNode.Parse(MlModelJson.FromYaml(yaml))!;

        var expected = JsonNode.Parse(
            """
            {"artifact_path":"model","flavors":{"onnx":{"data":"model.onnx","providers":["CUDAExecutionProvider","CPUExecutionProvider"]}},
             "run_id":"0123","model_uuid":"12e5","model_size_bytes":1234567890123,"ratio":0.5,"is_signature_from_type_hint":false,"params":null}
            """
        );
        Assert.True(JsonNode.DeepEquals(expected, json), json.ToJsonString());
    }
}
