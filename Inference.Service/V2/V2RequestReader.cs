using System.Buffers;
using System.Text;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.SharedMemory;

namespace Slipway.Inference.Service.V2;

/// <summary>Reads the body of <c>/infer</c> (Open Inference Protocol): JSON, or JSON and then bytes; tensors go straight from there into leased memory.</summary>
internal static class V2RequestReader
{
    public static PredictionRequest Read(in IncomingPrediction incoming)
    {
        var body = incoming.Body;
        var headerLength = BinaryHeader.Read(incoming.Http.Headers, body.Bytes.Length);
        if (headerLength == 0)
        {
            return RawRequestReader.Read(body.Bytes, incoming.Facts, incoming.Name);
        }
        var blobs = headerLength is { } length ? body.Bytes.Slice(length) : default;
        return Read(
            body.First(headerLength ?? body.Bytes.Length),
            headerLength is null ? null : blobs,
            incoming.Facts,
            incoming.Name,
            incoming.Limits.MaxJsonDepth,
            incoming.Shared
        );
    }

    private static PredictionRequest Read(
        ReadOnlySpan<byte> json,
        ReadOnlySequence<byte>? blobs,
        ModelFacts facts,
        string model,
        int maxDepth,
        SharedMemoryUse? shared
    )
    {
        var tensors = new Tensor?[facts.Signature.Inputs.Count];
        try
        {
            var cursor = new JsonCursor(json, maxDepth);
            var request = ReadBody(ref cursor, ref blobs, tensors, facts, model, shared);
            cursor.End();
            if (blobs is { Length: > 0 } rest)
            {
                throw RequestRefusedException.BadRequest(
                    $"unexpected additional input data for model '{model}': {rest.Length} bytes belong to no input"
                );
            }
            return request;
        }
        catch (Exception e)
        {
            foreach (var tensor in tensors)
            {
                tensor?.Dispose();
            }
            if (e is RequestRefusedException)
            {
                // What is no JSON, or nested too deeply, is told so first, wherever in the text that is.
                JsonCursor.Check(json, maxDepth);
            }
            throw;
        }
    }

    private static PredictionRequest ReadBody(
        ref JsonCursor cursor,
        ref ReadOnlySequence<byte>? blobs,
        Tensor?[] tensors,
        ModelFacts facts,
        string model,
        SharedMemoryUse? shared
    )
    {
        if (cursor.Peek() != JsonKind.Object)
        {
            throw RequestRefusedException.BadRequest("the request must be a JSON object with 'inputs'");
        }
        string? id = null;
        RequestedOutput[]? outputs = null;
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
                ReadInputs(ref cursor, ref blobs, tensors, facts, model, shared);
            }
            else if (name.SequenceEqual("outputs"u8))
            {
                outputs = V2OutputReader.ReadAll(ref cursor, facts, model, shared);
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
            Priority = parameters.Priority,
            Sequence = parameters.Sequence.Step,
            EventTime = parameters.EventTime,
            RequestedOutputs = outputs is { Length: > 0 } ? outputs : null,
            IsBinaryWanted = parameters.IsBinaryWanted,
        };
    }

    private static void ReadInputs(
        ref JsonCursor cursor,
        ref ReadOnlySequence<byte>? blobs,
        Tensor?[] tensors,
        ModelFacts facts,
        string model,
        SharedMemoryUse? shared
    )
    {
        Require(ref cursor, JsonKind.Array, "Unable to parse 'inputs': a list is expected");
        cursor.BeginArray();
        var guess = 0;
        while (cursor.NextElement())
        {
            Require(ref cursor, JsonKind.Object, "Unable to parse 'inputs': each input must be an object");
            guess = V2InputReader.Read(ref cursor, ref blobs, tensors, facts, model, guess, shared);
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
