using System.Text;
using Slipway.Inference.Service.Containers;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V1;

/// <summary>
/// Reads the body of <c>:classify</c> and <c>:regress</c>: <c>examples</c>, each an object of feature to value, and <c>context</c> with the features that all of them share.
/// A feature is an input by its name. The examples are written down as rows of <c>:predict</c>.
/// </summary>
internal static class V1ExamplesReader
{
    public static PredictionRequest Read(in IncomingPrediction incoming)
    {
        var maxDepth = incoming.Limits.MaxJsonDepth;
        var maxBytes = incoming.Limits.MaxRequestBytes;
        var json = incoming.Body.Span;
        var (examples, context) = FindParts(json, maxDepth);
        using var rows = new PooledBuffer();
        rows.Write("{\"instances\":["u8);
        var shared = context is { } found ? Features(found.Of(json), maxDepth, "context") : [];
        WriteRows(rows, examples.Of(json), shared, maxDepth, maxBytes);
        rows.Write("]}"u8);
        return new PredictionRequest
        {
            Inputs = V1RequestReader.Read(rows.Written.Span, incoming.Facts, incoming.Name, maxDepth).Inputs,
            IsRowFormat = true,
        };
    }

    private static (JsonSlice Examples, JsonSlice? Context) FindParts(ReadOnlySpan<byte> json, int maxDepth)
    {
        var cursor = new JsonCursor(json, maxDepth);
        if (cursor.Peek() != JsonKind.Object)
        {
            throw RequestRefusedException.BadRequest("the request must be a JSON object with 'examples'");
        }
        JsonSlice? examples = null;
        JsonSlice? context = null;
        cursor.BeginObject();
        while (cursor.NextMember(out var name))
        {
            var isExamples = name.SequenceEqual("examples"u8);
            var isContext = name.SequenceEqual("context"u8);
            var value = JsonSlice.Skip(ref cursor, json.Length);
            examples = isExamples ? value : examples;
            context = isContext ? value : context;
        }
        cursor.End();
        return (examples ?? throw RequestRefusedException.BadRequest("Missing 'examples' key"), context);
    }

    private static void WriteRows(
        PooledBuffer rows,
        ReadOnlySpan<byte> examples,
        List<(string Name, byte[] Value)> shared,
        int maxDepth,
        int maxBytes
    )
    {
        var cursor = new JsonCursor(examples, maxDepth);
        if (cursor.Peek() != JsonKind.Array)
        {
            throw RequestRefusedException.BadRequest("'examples' must be a list of objects");
        }
        cursor.BeginArray();
        for (var row = 0; cursor.NextElement(); row++)
        {
            var own = Features(JsonSlice.Skip(ref cursor, examples.Length).Of(examples), maxDepth, $"examples[{row}]");
            rows.Write(row > 0 ? ",{"u8 : "{"u8);
            var isFirst = true;
            foreach (var (name, value) in shared)
            {
                if (!own.Exists(feature => feature.Name == name))
                {
                    CheckRoom(rows, value, maxBytes);
                    WriteFeature(rows, name, value, ref isFirst);
                }
            }
            foreach (var (name, value) in own)
            {
                WriteFeature(rows, name, value, ref isFirst);
            }
            rows.Write((byte)'}');
        }
    }

    // Every example repeats the context: a small body must not become a large one.
    private static void CheckRoom(PooledBuffer rows, byte[] value, int maxBytes)
    {
        if (rows.Length + (long)value.Length > maxBytes)
        {
            throw new RequestRefusedException(
                StatusCodes.Status413PayloadTooLarge,
                $"the examples with their 'context' exceed the limit of {maxBytes} bytes ({InferenceOptions.Section}:{nameof(InferenceOptions.MaxRequestBytes)})"
            );
        }
    }

    private static void WriteFeature(PooledBuffer rows, string name, byte[] value, ref bool isFirst)
    {
        if (!isFirst)
        {
            rows.Write((byte)',');
        }
        isFirst = false;
        JsonText.WriteString(rows, name);
        rows.Write((byte)':');
        rows.Write(value);
    }

    private static List<(string Name, byte[] Value)> Features(ReadOnlySpan<byte> json, int maxDepth, string where)
    {
        var features = new List<(string, byte[])>();
        var cursor = new JsonCursor(json, maxDepth);
        if (cursor.Peek() != JsonKind.Object)
        {
            throw RequestRefusedException.BadRequest($"{where} must be an object of feature names and values");
        }
        cursor.BeginObject();
        while (cursor.NextMember(out var name))
        {
            var feature = Encoding.UTF8.GetString(name);
            features.Add((feature, Unwrap(JsonSlice.Skip(ref cursor, json.Length).Of(json), maxDepth).ToArray()));
        }
        return features;
    }

    // A list of one value and the value itself are the same feature, and may come side by side.
    private static ReadOnlySpan<byte> Unwrap(ReadOnlySpan<byte> value, int maxDepth)
    {
        var cursor = new JsonCursor(value, maxDepth);
        if (cursor.Peek() != JsonKind.Array)
        {
            return value;
        }
        cursor.BeginArray();
        if (!cursor.NextElement() || cursor.Peek() == JsonKind.Array)
        {
            return value;
        }
        var only = JsonSlice.Skip(ref cursor, value.Length).Of(value);
        return cursor.NextElement() ? value : only;
    }
}
