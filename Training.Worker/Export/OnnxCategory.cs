using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Export;

/// <summary>Maps a text input to numbers inside the graph; a text the model does not know takes the value for missing.</summary>
internal static class OnnxCategory
{
    /// <summary>INT64 [N,1]: the category's position, and the number of categories where unknown.</summary>
    public static string Codes(OnnxGraph graph, Feature feature)
    {
        var unknown = feature.Categories.Length;
        // An encoder without keys is refused by the runtime; the empty text always means missing.
        return graph.MlNode(
            "LabelEncoder",
            [feature.Name],
            OnnxAttribute.Texts("keys_strings", [.. feature.Categories, ""]),
            OnnxAttribute.Ints("values_int64s", [.. Enumerable.Range(0, unknown).Select(code => (long)code), unknown]),
            OnnxAttribute.Int("default_int64", unknown)
        );
    }

    /// <summary>FLOAT [N,1]: a value for each category, NaN where unknown.</summary>
    public static string Values(OnnxGraph graph, Feature feature, IReadOnlyList<float> values) =>
        graph.MlNode(
            "LabelEncoder",
            [feature.Name],
            OnnxAttribute.Texts("keys_strings", [.. feature.Categories, ""]),
            OnnxAttribute.Floats("values_floats", [.. values, float.NaN]),
            OnnxAttribute.Float("default_float", float.NaN)
        );
}
