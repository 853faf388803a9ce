using System.Text;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V2;

/// <summary>Reads the JSON body of <c>/infer</c> (Open Inference Protocol): tensors go straight from the text into leased memory.</summary>
internal static class V2RequestReader
{
    public static PredictionRequest Read(ReadOnlySpan<byte> json, ModelFacts facts, string model, int maxDepth)
    {
        var tensors = new Tensor?[facts.Signature.Inputs.Count];
        try
        {
            var cursor = new JsonCursor(json, maxDepth);
            var request = ReadBody(ref cursor, tensors, facts, model);
            cursor.End();
            return request;
        }
        catch
        {
            foreach (var tensor in tensors)
            {
                tensor?.Dispose();
            }
            throw;
        }
    }

    private static PredictionRequest ReadBody(ref JsonCursor cursor, Tensor?[] tensors, ModelFacts facts, string model)
    {
        if (cursor.Peek() != JsonKind.Object)
        {
            throw RequestRefusedException.BadRequest("the request must be a JSON object with 'inputs'");
        }
        string? id = null;
        int[]? outputs = null;
        var parameters = default(V2Parameters);
        var hasInputs = false;
        cursor.BeginObject();
        while (cursor.NextMember(out var name))
        {
            if (name.SequenceEqual("id"u8))
            {
                Require(ref cursor, JsonKind.String, "'id' must be a string");
                id = Encoding.UTF8.GetString(cursor.ReadString());
            }
            else if (name.SequenceEqual("parameters"u8))
            {
                parameters = V2Parameters.Read(ref cursor);
            }
            else if (name.SequenceEqual("inputs"u8))
            {
                hasInputs = true;
                ReadInputs(ref cursor, tensors, facts, model);
            }
            else if (name.SequenceEqual("outputs"u8))
            {
                outputs = ReadOutputs(ref cursor, facts, model);
            }
            else
            {
                cursor.Skip();
            }
        }
        if (!hasInputs)
        {
            throw RequestRefusedException.BadRequest("Unable to parse 'inputs': the request has none");
        }
        if (Array.IndexOf(tensors, null) >= 0)
        {
            throw InputErrors.Missing(facts.Signature, [.. tensors.Select(tensor => tensor is not null)], model);
        }
        return new PredictionRequest
        {
            Inputs = tensors!,
            Id = id,
            TimeLimit = parameters.TimeLimit,
            EventTime = parameters.EventTime,
            RequestedOutputs = outputs is { Length: > 0 } ? outputs : null,
        };
    }

    private static void ReadInputs(ref JsonCursor cursor, Tensor?[] tensors, ModelFacts facts, string model)
    {
        Require(ref cursor, JsonKind.Array, "Unable to parse 'inputs': a list is expected");
        cursor.BeginArray();
        var guess = 0;
        while (cursor.NextElement())
        {
            Require(ref cursor, JsonKind.Object, "Unable to parse 'inputs': each input must be an object");
            guess = V2InputReader.Read(ref cursor, tensors, facts, model, guess);
        }
    }

    private static int[] ReadOutputs(ref JsonCursor cursor, ModelFacts facts, string model)
    {
        Require(ref cursor, JsonKind.Array, "Unable to parse 'outputs': a list is expected");
        var outputs = new List<int>();
        cursor.BeginArray();
        while (cursor.NextElement())
        {
            Require(ref cursor, JsonKind.Object, "Unable to parse 'outputs': each output must be an object");
            var index = ReadOutput(ref cursor, facts, model);
            if (outputs.Contains(index))
            {
                throw RequestRefusedException.BadRequest($"output '{facts.Signature.Outputs[index].Name}' already requested");
            }
            outputs.Add(index);
        }
        return [.. outputs];
    }

    private static int ReadOutput(ref JsonCursor cursor, ModelFacts facts, string model)
    {
        var index = -1;
        cursor.BeginObject();
        while (cursor.NextMember(out var name))
        {
            if (name.SequenceEqual("name"u8))
            {
                Require(ref cursor, JsonKind.String, "Unable to parse 'outputs': 'name' must be a string");
                var output = cursor.ReadString();
                index = FindOutput(facts, output);
                if (index < 0)
                {
                    throw InputErrors.UnexpectedOutput(Encoding.UTF8.GetString(output), model);
                }
            }
            else if (name.SequenceEqual("parameters"u8))
            {
                RefuseParameters(ref cursor, "outputs");
            }
            else
            {
                cursor.Skip();
            }
        }
        return index >= 0 ? index : throw RequestRefusedException.BadRequest("Unable to parse 'outputs': each output needs a 'name'");
    }

    private static int FindOutput(ModelFacts facts, ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < facts.OutputNames.Length; i++)
        {
            if (name.SequenceEqual(facts.OutputNames[i]))
            {
                return i;
            }
        }
        return -1;
    }

    /// <summary>Passes over a tensor's parameters; those that would change what the data means are refused where this server does not know them.</summary>
    internal static void RefuseParameters(ref JsonCursor cursor, string where)
    {
        Require(ref cursor, JsonKind.Object, $"Unable to parse '{where}': 'parameters' must be an object");
        cursor.BeginObject();
        while (cursor.NextMember(out var name))
        {
            if (name.SequenceEqual("binary_data_size"u8) || name.SequenceEqual("classification"u8) || name.StartsWith("shared_memory"u8))
            {
                throw RequestRefusedException.BadRequest(
                    $"Unable to parse '{where}': parameter '{Encoding.UTF8.GetString(name)}' belongs to an extension that this server does not offer (see GET /v2)"
                );
            }
            cursor.Skip();
        }
    }

    internal static void Require(ref JsonCursor cursor, JsonKind kind, string otherwise)
    {
        if (cursor.Peek() != kind)
        {
            throw RequestRefusedException.BadRequest(otherwise);
        }
    }
}
