using System.Text.Json;

namespace Slipway.Inference.Engine.Vetting;

/// <summary>The values of one input before its type is known: scalars in row-major order, and their shape.</summary>
internal sealed record ExampleValues(long[] Shape, IReadOnlyList<JsonElement> Scalars)
{
    /// <summary>Flattens nested arrays; ragged ones are refused.</summary>
    public static ExampleValues Flatten(JsonElement nested)
    {
        var shape = new List<long>();
        for (var level = nested; level.ValueKind == JsonValueKind.Array; level = level[0])
        {
            shape.Add(level.GetArrayLength());
            if (level.GetArrayLength() == 0)
            {
                break;
            }
        }

        var scalars = new List<JsonElement>();
        Collect(nested, shape, 0, scalars);
        return new ExampleValues([.. shape], scalars);
    }

    private static void Collect(JsonElement element, List<long> shape, int depth, List<JsonElement> scalars)
    {
        if (depth == shape.Count)
        {
            if (element.ValueKind is JsonValueKind.Array or JsonValueKind.Object)
            {
                throw new InvalidDataException("its arrays are not of one depth");
            }

            scalars.Add(element);
            return;
        }

        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() != shape[depth])
        {
            throw new InvalidDataException("its arrays are not of one length");
        }

        foreach (var item in element.EnumerateArray())
        {
            Collect(item, shape, depth + 1, scalars);
        }
    }
}
