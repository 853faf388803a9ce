using System.Buffers;
using System.Text;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.SharedMemory;

namespace Slipway.Inference.Service.V2;

/// <summary>Reads one element of <c>inputs</c>. Members may come in any order; data that comes before its shape is read in a second pass.</summary>
internal static class V2InputReader
{
    private const int MaxRank = 32;
    private const int MaxShownBytes = 60;

    /// <summary>Reads an input into its place; returns a guess for the place of the next one.</summary>
    public static int Read(
        ref JsonCursor cursor,
        ref ReadOnlySequence<byte>? blobs,
        Tensor?[] tensors,
        ModelFacts facts,
        string model,
        int guess,
        SharedMemoryUse? shared
    )
    {
        long? blobBytes = null;
        var place = default(SharedMemoryPlace);
        var index = -1;
        ReadOnlySpan<byte> datatype = default;
        var hasDatatype = false;
        long[]? shape = null;
        JsonCursor deferred = default;
        var isDeferred = false;
        var isRead = false;
        cursor.BeginObject();
        while (cursor.NextMember(out var member))
        {
            if (member.SequenceEqual("name"u8))
            {
                index = ReadName(ref cursor, tensors, facts, model, guess);
            }
            else if (member.SequenceEqual("datatype"u8))
            {
                V2RequestReader.Require(ref cursor, JsonKind.String, "Unable to parse 'inputs': 'datatype' must be a string");
                datatype = cursor.ReadString();
                hasDatatype = true;
            }
            else if (member.SequenceEqual("shape"u8))
            {
                shape = ReadShape(ref cursor);
            }
            else if (member.SequenceEqual("parameters"u8))
            {
                blobBytes = ReadParameters(ref cursor, ref place, shared);
            }
            else if (!member.SequenceEqual("data"u8))
            {
                cursor.Skip();
            }
            else if (isRead || isDeferred)
            {
                throw RequestRefusedException.BadRequest("Unable to parse 'inputs': an input has 'data' twice");
            }
            else if (index >= 0 && hasDatatype && shape is not null)
            {
                tensors[index] = ReadData(ref cursor, Check(facts.Signature.Inputs[index], hasDatatype, datatype, shape, model), shape);
                isRead = true;
            }
            else
            {
                deferred = cursor;
                isDeferred = true;
                cursor.Skip();
            }
        }
        if (index < 0)
        {
            throw RequestRefusedException.BadRequest("Unable to parse 'inputs': each input needs a 'name'");
        }
        if (place.Find(shared, facts.Signature.Inputs[index].Name) is { } slice)
        {
            if (isRead || isDeferred || blobBytes is not null)
            {
                throw SharedAndOther(isRead || isDeferred, blobBytes is not null);
            }
            var input = Check(facts.Signature.Inputs[index], hasDatatype, datatype, shape, model);
            tensors[index] = BinaryTensors.Read(input, shape!, slice, model);
        }
        else if (blobBytes is { } bytes)
        {
            if (isRead || isDeferred)
            {
                throw RequestRefusedException.BadRequest(
                    $"Unable to parse 'inputs': input '{facts.Signature.Inputs[index].Name}' has 'data' and 'binary_data_size'"
                );
            }
            var input = Check(facts.Signature.Inputs[index], hasDatatype, datatype, shape, model);
            tensors[index] = BinaryTensors.Read(input, shape!, Take(ref blobs, bytes, input), model);
        }
        else if (!isRead)
        {
            var input = facts.Signature.Inputs[index];
            var checkedInput = Check(input, hasDatatype, datatype, shape, model);
            if (!isDeferred)
            {
                throw RequestRefusedException.BadRequest($"Unable to parse 'inputs': input '{input.Name}' has no 'data'");
            }
            tensors[index] = ReadData(ref deferred, checkedInput, shape!);
        }
        return index + 1 == tensors.Length ? 0 : index + 1;
    }

    private static int ReadName(ref JsonCursor cursor, Tensor?[] tensors, ModelFacts facts, string model, int guess)
    {
        V2RequestReader.Require(ref cursor, JsonKind.String, "Unable to parse 'inputs': 'name' must be a string");
        var name = cursor.ReadString();
        var index = facts.FindInput(name, guess);
        if (index < 0)
        {
            throw InputErrors.Unexpected(Encoding.UTF8.GetString(name), model);
        }
        return tensors[index] is null ? index : throw InputErrors.Twice(facts.Signature.Inputs[index]);
    }

    private static long? ReadParameters(ref JsonCursor cursor, ref SharedMemoryPlace place, SharedMemoryUse? shared)
    {
        long? size = null;
        V2RequestReader.Require(ref cursor, JsonKind.Object, "Unable to parse 'inputs': 'parameters' must be an object");
        cursor.BeginObject();
        while (cursor.NextMember(out var name))
        {
            if (name.SequenceEqual("binary_data_size"u8))
            {
                V2RequestReader.Require(ref cursor, JsonKind.Number, "Unable to parse 'binary_data_size': a number is expected");
                if (!cursor.ReadNumber().TryToInteger(out var bytes, out var isNegative) || isNegative || bytes > long.MaxValue)
                {
                    throw RequestRefusedException.BadRequest(
                        "Unable to parse 'binary_data_size': a whole number is expected, not negative"
                    );
                }
                size = (long)bytes;
            }
            else if (!V2SharedMemory.TryRead(ref cursor, name, ref place, shared, "inputs"))
            {
                cursor.Skip();
            }
        }
        return size;
    }

    private static RequestRefusedException SharedAndOther(bool hasData, bool hasBlob) =>
        RequestRefusedException.BadRequest(
            "Input must set only one of the following fields: 'data', 'binary_data_size' in 'parameters', 'shared_memory_region' in 'parameters'. But set"
                + $"{(hasData ? " 'data'" : "")}{(hasBlob ? " 'binary_data_size'" : "")} 'shared_memory_region'"
        );

    private static ReadOnlySequence<byte> Take(ref ReadOnlySequence<byte>? blobs, long bytes, ModelTensor input)
    {
        if (blobs is not { } rest)
        {
            throw RequestRefusedException.BadRequest(
                $"must specify valid '{BinaryHeader.Name}' in request header and 'binary_data_size' when passing inputs in binary data format"
            );
        }
        if (bytes > rest.Length)
        {
            throw RequestRefusedException.BadRequest(
                $"unexpected size for input '{input.Name}', expecting {bytes} bytes of binary data but only {rest.Length} are left"
            );
        }
        blobs = rest.Slice(bytes);
        return rest.Slice(0, bytes);
    }

    private static long[] ReadShape(ref JsonCursor cursor)
    {
        V2RequestReader.Require(ref cursor, JsonKind.Array, "Unable to parse 'inputs': 'shape' must be a list");
        Span<long> dimensions = stackalloc long[MaxRank];
        var rank = 0;
        cursor.BeginArray();
        while (cursor.NextElement())
        {
            V2RequestReader.Require(ref cursor, JsonKind.Number, "Unable to parse 'inputs': 'shape' must hold whole numbers");
            if (rank == MaxRank)
            {
                throw RequestRefusedException.BadRequest($"Unable to parse 'inputs': 'shape' has more than {MaxRank} dimensions");
            }
            if (!cursor.ReadNumber().TryToInteger(out var magnitude, out var isNegative) || isNegative || magnitude > long.MaxValue)
            {
                throw RequestRefusedException.BadRequest(
                    "Unable to parse 'shape': attempt to access JSON non-unsigned-integer as unsigned-integer"
                );
            }
            dimensions[rank++] = (long)magnitude;
        }
        return dimensions[..rank].ToArray();
    }

    private static ModelTensor Check(ModelTensor input, bool hasDatatype, ReadOnlySpan<byte> datatype, long[]? shape, string model) =>
        hasDatatype && shape is not null
            ? InputErrors.Check(input, datatype, shape, model)
            : throw RequestRefusedException.BadRequest(
                $"Unable to parse 'inputs': input '{input.Name}' has no '{(hasDatatype ? "shape" : "datatype")}'"
            );

    private static Tensor ReadData(ref JsonCursor cursor, ModelTensor input, long[] shape)
    {
        if (input.Type is ElementType.Fp16 or ElementType.Bf16)
        {
            throw RequestRefusedException.BadRequest(
                $"sending {input.Type.WireName()} data via JSON is not supported. Please use the binary data format for input '{input.Name}'"
            );
        }
        if (!TensorShape.TryCountElements(shape, out var count))
        {
            throw InputErrors.TooLarge(input, shape);
        }
        // Every element takes at least a digit and a comma: a shape that the text cannot fill must not claim memory.
        if (count > (cursor.Remaining / 2) + 1)
        {
            throw WrongCount(input, shape);
        }
        if (cursor.Peek() != JsonKind.Array)
        {
            throw RequestRefusedException.BadRequest($"Unable to parse 'data' of input '{input.Name}': a list is expected");
        }
        if (input.Type == ElementType.Bytes)
        {
            return Tensor.FromStrings(input.Name, ReadTexts(ref cursor, input, shape, count), shape);
        }
        var tensor = Tensor.Rent(input.Name, input.Type, shape);
        try
        {
            ReadNumbers(ref cursor, input, shape, tensor.RawBytes, count);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static void ReadNumbers(ref JsonCursor cursor, ModelTensor input, long[] shape, Span<byte> elements, int count)
    {
        var next = 0;
        cursor.BeginArray();
        for (var depth = 1; depth > 0; )
        {
            if (!cursor.NextElement())
            {
                depth--;
                continue;
            }
            var kind = cursor.Peek();
            if (kind == JsonKind.Array)
            {
                cursor.BeginArray();
                depth++;
                continue;
            }
            if (next == count)
            {
                throw WrongCount(input, shape);
            }
            ReadNumber(ref cursor, kind, input, elements, next++);
        }
        if (next != count)
        {
            throw WrongCount(input, shape);
        }
    }

    private static void ReadNumber(ref JsonCursor cursor, JsonKind kind, ModelTensor input, Span<byte> elements, int index)
    {
        if (kind == JsonKind.Number)
        {
            var number = cursor.ReadNumber();
            if (!NumberStore.TryStore(input.Type, elements, index, number))
            {
                throw Unfit(input, Encoding.UTF8.GetString(number.Text[..Math.Min(number.Text.Length, MaxShownBytes)]));
            }
        }
        else if (kind == JsonKind.Boolean && input.Type == ElementType.Bool)
        {
            elements[index] = cursor.ReadBoolean() ? (byte)1 : (byte)0;
        }
        else
        {
            throw Unfit(
                input,
                kind switch
                {
                    JsonKind.String => "a string",
                    JsonKind.Boolean => "a boolean",
                    JsonKind.Null => "null",
                    _ => "an object",
                }
            );
        }
    }

    private static ReadOnlyMemory<byte>[] ReadTexts(ref JsonCursor cursor, ModelTensor input, long[] shape, int count)
    {
        var texts = new ReadOnlyMemory<byte>[count];
        var next = 0;
        cursor.BeginArray();
        for (var depth = 1; depth > 0; )
        {
            if (!cursor.NextElement())
            {
                depth--;
                continue;
            }
            if (cursor.Peek() == JsonKind.Array)
            {
                cursor.BeginArray();
                depth++;
                continue;
            }
            if (next == count)
            {
                throw WrongCount(input, shape);
            }
            if (cursor.Peek() != JsonKind.String)
            {
                throw RequestRefusedException.BadRequest($"Unable to parse 'data' of input '{input.Name}': BYTES elements must be strings");
            }
            texts[next++] = cursor.ReadString().ToArray();
        }
        return next == count ? texts : throw WrongCount(input, shape);
    }

    private static RequestRefusedException WrongCount(ModelTensor input, long[] shape) =>
        RequestRefusedException.BadRequest(
            $"Unable to parse 'data': Shape does not match true shape of 'data' field (input '{input.Name}', shape {TensorShape.Format(shape)})"
        );

    private static RequestRefusedException Unfit(ModelTensor input, string given) =>
        RequestRefusedException.BadRequest(
            $"Unable to parse 'data': input '{input.Name}' expects {input.Type.WireName()} values, got {given}"
        );
}
