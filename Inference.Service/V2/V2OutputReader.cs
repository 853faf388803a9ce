using System.Text;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.SharedMemory;

namespace Slipway.Inference.Service.V2;

/// <summary>Reads <c>outputs</c>: which outputs are wanted, and in which form.</summary>
internal static class V2OutputReader
{
    public static RequestedOutput[] ReadAll(ref JsonCursor cursor, ModelFacts facts, string model, SharedMemoryUse? shared)
    {
        V2RequestReader.Require(ref cursor, JsonKind.Array, "Unable to parse 'outputs': a list is expected");
        var outputs = new List<RequestedOutput>();
        cursor.BeginArray();
        while (cursor.NextElement())
        {
            V2RequestReader.Require(ref cursor, JsonKind.Object, "Unable to parse 'outputs': each output must be an object");
            Add(outputs, Read(ref cursor, facts, model, shared), facts);
        }
        return [.. outputs];
    }

    /// <summary>Adds an output unless it is there already.</summary>
    public static void Add(List<RequestedOutput> outputs, in RequestedOutput output, ModelFacts facts)
    {
        foreach (var other in outputs)
        {
            if (other.Index == output.Index)
            {
                throw RequestRefusedException.BadRequest(
                    $"Duplicate output name '{facts.Signature.Outputs[output.Index].Name}' is not allowed in a request"
                );
            }
        }
        outputs.Add(output);
    }

    /// <summary>The place of an output by its name.</summary>
    public static int Find(ReadOnlySpan<byte> name, ModelFacts facts, string model)
    {
        var index = facts.FindOutput(name);
        return index >= 0 ? index : throw InputErrors.UnexpectedOutput(Encoding.UTF8.GetString(name), model);
    }

    private static RequestedOutput Read(ref JsonCursor cursor, ModelFacts facts, string model, SharedMemoryUse? shared)
    {
        var index = -1;
        var form = default(RequestedOutput);
        var place = default(SharedMemoryPlace);
        cursor.BeginObject();
        while (cursor.NextMember(out var name))
        {
            if (name.SequenceEqual("name"u8))
            {
                V2RequestReader.Require(ref cursor, JsonKind.String, "Unable to parse 'outputs': 'name' must be a string");
                index = Find(cursor.ReadString(), facts, model);
            }
            else if (name.SequenceEqual("parameters"u8))
            {
                form = ReadParameters(ref cursor, ref place, shared);
            }
            else
            {
                cursor.Skip();
            }
        }
        if (index < 0)
        {
            throw RequestRefusedException.BadRequest("Unable to parse 'outputs': each output needs a 'name'");
        }
        if (place.Find(shared, facts.Signature.Outputs[index].Name) is not { } slice)
        {
            return form with { Index = index };
        }
        if (form.IsBinary == true)
        {
            throw RequestRefusedException.BadRequest("Output can't set both 'shared_memory_region' and 'binary_data'");
        }
        return form.Classes == 0 ? form with { Index = index, Shared = slice } : throw SharedClasses();
    }

    /// <summary>Classes are made from an output, which shared memory has to hold as it is.</summary>
    public static RequestRefusedException SharedClasses() =>
        RequestRefusedException.BadRequest("Output can't set both 'shared_memory_region' and 'classification'");

    private static RequestedOutput ReadParameters(ref JsonCursor cursor, ref SharedMemoryPlace place, SharedMemoryUse? shared)
    {
        var form = default(RequestedOutput);
        V2RequestReader.Require(ref cursor, JsonKind.Object, "Unable to parse 'outputs': 'parameters' must be an object");
        cursor.BeginObject();
        while (cursor.NextMember(out var name))
        {
            if (name.SequenceEqual("binary_data"u8))
            {
                V2RequestReader.Require(ref cursor, JsonKind.Boolean, "Unable to parse 'outputs': 'binary_data' must be a boolean");
                form = form with { IsBinary = cursor.ReadBoolean() };
            }
            else if (name.SequenceEqual("classification"u8))
            {
                V2RequestReader.Require(ref cursor, JsonKind.Number, "Unable to parse 'outputs': 'classification' must be a number");
                form = form with { Classes = ReadClasses(ref cursor) };
            }
            else if (!V2SharedMemory.TryRead(ref cursor, name, ref place, shared, "outputs"))
            {
                cursor.Skip();
            }
        }
        return form;
    }

    private static int ReadClasses(ref JsonCursor cursor) =>
        cursor.ReadNumber().TryToInteger(out var count, out var isNegative) && !isNegative && count is > 0 and <= int.MaxValue
            ? (int)count
            : throw RequestRefusedException.BadRequest("Unable to parse 'outputs': 'classification' must be a whole number above zero");
}
