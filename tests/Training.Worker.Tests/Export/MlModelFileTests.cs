using System.Text.Json;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Export;
using Slipway.Training.Worker.Trainers;
using YamlDotNet.RepresentationModel;

namespace Slipway.Training.Worker.Tests.Export;

public sealed class MlModelFileTests
{
    [Fact]
    public void ToYaml_Regression_FlavorsAndSignature()
    {
        var root = Parse(File(null));

        Assert.Equal("model.onnx", Scalar(root, "flavors", "onnx", "data"));
        Assert.Equal("mlflow.onnx", Scalar(root, "flavors", "python_function", "loader_module"));
        Assert.Equal("12345678901234567890123456789012", Scalar(root, "model_uuid"));
        Assert.Equal("0042", Scalar(root, "run_id"));
        Assert.Equal("1234", Scalar(root, "model_size_bytes"));
        Assert.Equal("2026-03-04 05:06:07.008000", Scalar(root, "utc_time_created"));
        Assert.Equal("dataframe", Scalar(root, "saved_input_example_info", "type"));
        Assert.Equal("regression", Scalar(root, "metadata", "task"));
        AssertJson(
            """[{"type":"double","name":"hour: of \"day\"","required":true},{"type":"string","name":"city","required":false}]""",
            Scalar(root, "signature", "inputs")
        );
        AssertJson(
            """[{"name":"prediction","type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1,1]}}]""",
            Scalar(root, "signature", "outputs")
        );
    }

    [Theory]
    [InlineData("int64", "1", "2", "3")]
    [InlineData("str", "a", "b", "c")]
    public void ToYaml_Classification_LabelAndProbabilities(string dtype, params string[] labels)
    {
        var outputs = Scalar(Parse(File(ClassLabels.Create(labels, out _))), "signature", "outputs");

        AssertJson(
            """[{"name":"label","type":"tensor","tensor-spec":{"dtype":"DTYPE","shape":[-1]}},{"name":"probabilities","type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1,3]}}]""".Replace(
                "DTYPE",
                dtype,
                StringComparison.Ordinal
            ),
            outputs
        );
    }

    private static MlModelFile File(ClassLabels? classes) =>
        new()
        {
            RunId = "0042",
            ModelUuid = "12345678901234567890123456789012",
            ModelSizeBytes = 1234,
            CreatedAt = new DateTimeOffset(2026, 3, 4, 5, 6, 7, 8, TimeSpan.Zero),
            Features =
            [
                new Feature("hour: of \"day\"", ColumnKind.Numeric, [], false),
                new Feature("city", ColumnKind.Categorical, ["a"], true),
            ],
            Classes = classes,
            Metadata = new Dictionary<string, string> { ["task"] = "regression" },
        };

    private static YamlNode Parse(MlModelFile file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(file.ToYaml()));
        return stream.Documents[0].RootNode;
    }

    private static string Scalar(YamlNode node, params string[] path) =>
        ((YamlScalarNode)path.Aggregate(node, (current, key) => current[key])).Value!;

    private static void AssertJson(string expected, string actual) =>
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, JsonDocument.Parse(actual).RootElement), actual);
}
