using Slipway.Contracts.Vetting;
using Slipway.Registry.Api.Formats;

namespace Slipway.Registry.Api.Tests.Formats;

public sealed class SignatureTests
{
    [Theory]
    [InlineData("""{"type":"double","name":"a","required":true}""", "a", "double", true)]
    [InlineData("""{"type":"long","name":"a","required":false}""", "a", "long", false)]
    [InlineData("""{"type":"string","name":"a","optional":true}""", "a", "string", false)]
    [InlineData("""{"type":"boolean"}""", null, "boolean", true)]
    [InlineData("""{"type":"integer","name":3}""", "3", "integer", true)]
    [InlineData("""{"type":"float","name":"a"}""", "a", "float", true)]
    [InlineData("""{"type":"binary","name":"a"}""", "a", "binary", true)]
    [InlineData("""{"type":"datetime","name":"a"}""", "a", "datetime", true)]
    [InlineData("""{"type":"any","name":"a"}""", "a", "any", true)]
    [InlineData("""{"type":"array","items":{"type":"array","items":{"type":"double"}},"name":"a"}""", "a", "array<array<double>>", true)]
    [InlineData("""{"type":"map","values":{"type":"string"},"name":"a"}""", "a", "map<string>", true)]
    [InlineData(
        """{"type":"object","properties":{"k":{"type":"long","required":true},"l":{"type":"array","items":{"type":"any"},"required":false}},"name":"o"}""",
        "o",
        "object{k: long, l?: array<any>}",
        true
    )]
    public void Parse_Column_OfEveryType(string json, string? name, string type, bool required)
    {
        var field = Assert.Single(SignatureParser.Parse($"[{json}]", null, null)!.Inputs!);

        Assert.Equal(new DeclaredField(name, type, null, required), field);
    }

    [Theory]
    [InlineData("""{"name":"x","type":"tensor","tensor-spec":{"dtype":"float64","shape":[-1,28,28]}}""", "x", "float64", "-1,28,28")]
    [InlineData("""{"type":"tensor","tensor-spec":{"dtype":"<U3","shape":[-1]}}""", null, "<U3", "-1")]
    [InlineData("""{"type":"tensor","tensor-spec":{"dtype":"bool","shape":[]}}""", null, "bool", "")]
    public void Parse_Tensor_WithItsShape(string json, string? name, string type, string shape)
    {
        var field = Assert.Single(SignatureParser.Parse(null, $"[{json}]", null)!.Outputs!);

        Assert.Equal((name, type, shape), (field.Name, field.Type, string.Join(',', field.Shape!)));
    }

    [Theory]
    [InlineData("""{"name":"t","type":"double","default":0.5,"shape":null}""", "t double 0.5 ")]
    [InlineData("""{"name":"l","type":"string","default":["a","b"],"shape":[-1]}""", "l string [\"a\",\"b\"] -1")]
    [InlineData("""{"name":"o","type":"object","properties":{"k":{"type":"long"}},"default":null}""", "o object{k: long}  ")]
    public void Parse_Parameter_WithItsDefault(string json, string expected)
    {
        var parameter = Assert.Single(SignatureParser.Parse(null, null, $"[{json}]")!.Parameters!);

        Assert.Equal(expected, $"{parameter.Name} {parameter.Type} {parameter.Default} {string.Join(',', parameter.Shape ?? [])}");
    }

    [Theory]
    [InlineData("{}", "not a list")]
    [InlineData("[1]", "inputs[0]")]
    [InlineData("[{}]", "'type'")]
    [InlineData("""[{"type":"array"}]""", "items")]
    [InlineData("""[{"type":"object","properties":3}]""", "properties")]
    [InlineData("""[{"type":"tensor","tensor-spec":{"dtype":"x"}}]""", "shape")]
    [InlineData("""[{"type":"tensor","tensor-spec":{"dtype":"x","shape":["a"]}}]""", "shape")]
    [InlineData("nonsense", "not JSON")]
    public void Parse_NoSignature_SaysWhere(string inputs, string words)
    {
        var exception = Assert.Throws<InvalidDataException>(() => SignatureParser.Parse(inputs, null, null));
        Assert.Contains(words, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_NestedWithoutEnd_IsRefused()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"type":"array","items":""", 5000)) + "1" + new string('}', 5000);
        Assert.Throws<InvalidDataException>(() => SignatureParser.Parse($"[{deep}]", null, null));
    }

    public static TheoryData<string, TensorSpec[], string[]> Comparisons { get; } =
        new()
        {
            { """[{"type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1,4]}}]""", [new("x", "FP32", [-1, 4])], [] },
            {
                """[{"type":"tensor","tensor-spec":{"dtype":"float64","shape":[-1,4]}}]""",
                [new("x", "FP32", [-1, 4])],
                ["declared as float64"]
            },
            {
                """[{"name":"x","type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1,3]}}]""",
                [new("x", "FP32", [-1, 4])],
                ["shape [-1, 3], but has [-1, 4]"]
            },
            {
                """[{"name":"z","type":"tensor","tensor-spec":{"dtype":"<U7","shape":[-1]}}]""",
                [new("x", "BYTES", [-1])],
                ["'z' is not in the graph", "'x' of the graph is not in the declared"]
            },
            { """[{"name":"x","type":"tensor","tensor-spec":{"dtype":"<U7","shape":[-1]}}]""", [new("x", "BYTES", [-1])], [] },
            { """[{"type":"double","name":"a"},{"type":"double","name":"b"}]""", [new("X", "FP32", [-1, 2])], [] },
            { """[{"type":"double","name":"a"},{"type":"double","name":"b"}]""", [new("X", "FP32", [-1, 3])], ["2 columns are declared"] },
            {
                """[{"type":"string","name":"a"},{"type":"double","name":"b"}]""",
                [new("X", "FP32", [-1, 2])],
                ["column 'a' is declared as string"]
            },
            {
                """[{"type":"string","name":"a"},{"type":"double","name":"b"}]""",
                [new("a", "FP32", [-1, 1]), new("c", "FP32", [-1, 1])],
                ["'a' is declared as string", "'b' is not in the graph", "'c' of the graph"]
            },
        };

    [Theory]
    [MemberData(nameof(Comparisons))]
    public void Differences_DeclaredAndGraph_AreSaid(string declared, TensorSpec[] graph, string[] words)
    {
        var differences = SignatureComparison.Differences(SignatureParser.Parse(declared, null, null)!, graph, []);

        Assert.Equal(words.Length, differences.Count);
        Assert.All(words.Zip(differences), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
    }
}
