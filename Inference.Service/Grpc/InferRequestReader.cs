using System.Buffers;
using System.Text;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.SharedMemory;
using Slipway.Inference.Service.V2;

namespace Slipway.Inference.Service.Grpc;

/// <summary>Turns a <c>ModelInferRequest</c> into tensors that fit the model.</summary>
internal static class InferRequestReader
{
    private const int MaxRank = 32;

    /// <summary>Reads a message; without <paramref name="shared"/> no tensor may be in shared memory.</summary>
    public static PredictionRequest Read(InferRequestMessage message, ModelFacts facts, string model, SharedMemoryUse? shared)
    {
        var tensors = new Tensor?[facts.Signature.Inputs.Count];
        try
        {
            ReadInputs(message, tensors, facts, model, shared);
            return ReadParameters(message, tensors!, facts, model, shared);
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

    private static void ReadInputs(InferRequestMessage message, Tensor?[] tensors, ModelFacts facts, string model, SharedMemoryUse? shared)
    {
        var rawCount = message.RawInputs.Count;
        if (shared is null && rawCount > 0 && rawCount != message.Inputs.Count)
        {
            throw WrongRawCount(message.Inputs.Count, rawCount, model);
        }
        var guess = 0;
        foreach (var input in message.Inputs)
        {
            var index = ReadInput(input, message, tensors, facts, model, guess, shared);
            guess = index + 1 == tensors.Length ? 0 : index + 1;
        }
        // Those in shared memory have none.
        if (message.TakenRawInputs != rawCount)
        {
            throw WrongRawCount(message.TakenRawInputs, rawCount, model);
        }
        if (Array.IndexOf(tensors, null) >= 0)
        {
            throw InputErrors.Missing(facts.Signature, [.. tensors.Select(tensor => tensor is not null)], model);
        }
    }

    // Its place in the signature.
    private static int ReadInput(
        in ReadOnlySequence<byte> input,
        InferRequestMessage message,
        Tensor?[] tensors,
        ModelFacts facts,
        string model,
        int guess,
        SharedMemoryUse? shared
    )
    {
        if (input.IsSingleSegment)
        {
            return ReadInput(input.FirstSpan, message, tensors, facts, model, guess, shared);
        }
        var copy = ByteBuffers.Rent((int)input.Length);
        try
        {
            input.CopyTo(copy);
            return ReadInput(copy.AsSpan(0, (int)input.Length), message, tensors, facts, model, guess, shared);
        }
        finally
        {
            ByteBuffers.Return(copy);
        }
    }

    private static int ReadInput(
        ReadOnlySpan<byte> input,
        InferRequestMessage message,
        Tensor?[] tensors,
        ModelFacts facts,
        string model,
        int guess,
        SharedMemoryUse? shared
    )
    {
        var reader = new ProtoReader(input);
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> datatype = default;
        ReadOnlySpan<byte> contents = default;
        Span<long> dimensions = stackalloc long[MaxRank];
        var rank = 0;
        var place = default(SharedMemoryPlace);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            switch (field)
            {
                case 1:
                    name = reader.ReadDelimited(wireType);
                    break;
                case 2:
                    datatype = reader.ReadDelimited(wireType);
                    break;
                case 3 when wireType == ProtoReader.Varint:
                    AddDimension(dimensions, ref rank, reader.ReadVarint());
                    break;
                case 3:
                    ReadDimensions(reader.ReadDelimited(wireType), dimensions, ref rank);
                    break;
                case 4:
                    ReadPlace(InferParameter.Read(reader.ReadDelimited(wireType)), name, ref place, shared);
                    break;
                case 5:
                    contents = reader.ReadDelimited(wireType);
                    break;
                default:
                    reader.Skip(wireType);
                    break;
            }
        }
        var index = facts.FindInput(name, guess);
        if (index < 0)
        {
            throw InputErrors.Unexpected(Encoding.UTF8.GetString(name), model);
        }
        if (tensors[index] is not null)
        {
            throw InputErrors.Twice(facts.Signature.Inputs[index]);
        }
        var expected = InputErrors.Check(facts.Signature.Inputs[index], datatype, dimensions[..rank], model);
        var shape = dimensions[..rank].ToArray();
        tensors[index] =
            place.Find(shared, expected.Name) is { } slice ? ReadShared(expected, shape, slice, contents, model)
            : message.RawInputs.Count == 0 ? TypedContents.Read(expected, shape, contents, model)
            : message.TakeRawInput() is { } bytes ? ReadRaw(expected, shape, bytes, contents, model)
            : throw RequestRefusedException.BadRequest(
                $"unable to find data for input tensor '{expected.Name}' for model '{model}' in request."
            );
        return index;
    }

    private static Tensor ReadRaw(
        ModelTensor input,
        long[] shape,
        in ReadOnlySequence<byte> bytes,
        ReadOnlySpan<byte> contents,
        string model
    ) =>
        contents.Length == 0
            ? BinaryTensors.Read(input, shape, bytes, model)
            : throw RequestRefusedException.BadRequest(
                $"contents field must not be specified when using raw_input_contents for '{input.Name}' for model '{model}'"
            );

    private static Tensor ReadShared(ModelTensor input, long[] shape, SharedMemorySlice slice, ReadOnlySpan<byte> contents, string model) =>
        contents.Length == 0
            ? BinaryTensors.Read(input, shape, slice, model)
            : throw RequestRefusedException.BadRequest(
                $"unexpected 'content' provided when using shared memory for input tensor '{input.Name}' for model '{model}'"
            );

    private static RequestRefusedException WrongRawCount(int expected, int given, string model) =>
        RequestRefusedException.BadRequest($"expected {expected} raw_input_contents, one for each input, got {given} for model '{model}'");

    private static void ReadDimensions(ReadOnlySpan<byte> packed, Span<long> dimensions, ref int rank)
    {
        var start = 0;
        for (var i = 0; i < packed.Length; i++)
        {
            if (packed[i] < 0x80)
            {
                AddDimension(dimensions, ref rank, new ProtoReader(packed[start..]).ReadVarint());
                start = i + 1;
            }
        }
        if (start < packed.Length)
        {
            throw ProtoReader.Malformed();
        }
    }

    private static void AddDimension(Span<long> dimensions, ref int rank, ulong value)
    {
        if (rank == MaxRank)
        {
            throw RequestRefusedException.BadRequest($"the shape of an input has more than {MaxRank} dimensions");
        }
        dimensions[rank++] = unchecked((long)value);
    }

    private static void ReadPlace(
        in InferParameter parameter,
        ReadOnlySpan<byte> tensor,
        ref SharedMemoryPlace place,
        SharedMemoryUse? shared
    )
    {
        if (!parameter.Name.StartsWith("shared_memory"u8))
        {
            return;
        }
        if (shared is null)
        {
            throw RequestRefusedException.BadRequest(
                $"'{Encoding.UTF8.GetString(tensor)}' asks for shared memory, which this server does not offer (see ServerMetadata)"
            );
        }
        if (parameter.Name.SequenceEqual("shared_memory_region"u8))
        {
            place.Region = parameter.AsText();
        }
        else if (parameter.Name.SequenceEqual("shared_memory_offset"u8))
        {
            place.Offset = parameter.AsInteger();
        }
        else if (parameter.Name.SequenceEqual("shared_memory_byte_size"u8))
        {
            place.ByteSize = parameter.AsInteger();
        }
    }

    private static PredictionRequest ReadParameters(
        InferRequestMessage message,
        Tensor[] tensors,
        ModelFacts facts,
        string model,
        SharedMemoryUse? shared
    )
    {
        TimeSpan? timeLimit = null;
        ulong priority = 0;
        string? eventTime = null;
        var sequence = default(SequenceParameters);
        foreach (var entry in message.Parameters)
        {
            var parameter = InferParameter.Read(Contiguous(entry));
            if (parameter.Name.SequenceEqual("timeout"u8))
            {
                timeLimit = V2Parameters.ToTimeLimit(parameter.AsInteger());
            }
            else if (parameter.Name.SequenceEqual("priority"u8))
            {
                priority = parameter.AsInteger();
            }
            else if (parameter.Name.SequenceEqual("sequence_id"u8))
            {
                sequence = sequence with { Id = parameter.IsText ? parameter.AsText() : SequenceParameters.IdOf(parameter.AsInteger()) };
            }
            else if (parameter.Name.SequenceEqual("sequence_start"u8))
            {
                sequence = sequence with { Starts = parameter.AsBoolean() };
            }
            else if (parameter.Name.SequenceEqual("sequence_end"u8))
            {
                sequence = sequence with { Ends = parameter.AsBoolean() };
            }
            else if (parameter.Name.SequenceEqual("event_time"u8))
            {
                eventTime = parameter.AsText();
            }
        }
        return new PredictionRequest
        {
            Inputs = tensors,
            Id = message.Id.Length == 0 ? null : message.Id,
            TimeLimit = timeLimit,
            Priority = priority,
            Sequence = sequence.Step,
            EventTime = eventTime,
            RequestedOutputs = ReadOutputs(message, facts, model, shared),
            IsBinaryWanted = true,
        };
    }

    private static RequestedOutput[]? ReadOutputs(InferRequestMessage message, ModelFacts facts, string model, SharedMemoryUse? shared)
    {
        if (message.Outputs.Count == 0)
        {
            return null;
        }
        var outputs = new List<RequestedOutput>(message.Outputs.Count);
        foreach (var output in message.Outputs)
        {
            V2OutputReader.Add(outputs, ReadOutput(Contiguous(output), facts, model, shared), facts);
        }
        return [.. outputs];
    }

    private static RequestedOutput ReadOutput(ReadOnlySpan<byte> output, ModelFacts facts, string model, SharedMemoryUse? shared)
    {
        var reader = new ProtoReader(output);
        ReadOnlySpan<byte> name = default;
        var classes = 0;
        var place = default(SharedMemoryPlace);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            if (field == 1)
            {
                name = reader.ReadDelimited(wireType);
            }
            else if (field == 2)
            {
                var parameter = InferParameter.Read(reader.ReadDelimited(wireType));
                ReadPlace(parameter, name, ref place, shared);
                classes = parameter.Name.SequenceEqual("classification"u8) ? (int)Math.Min(int.MaxValue, parameter.AsInteger()) : classes;
            }
            else
            {
                reader.Skip(wireType);
            }
        }
        var index = V2OutputReader.Find(name, facts, model);
        var slice = place.Find(shared, facts.Signature.Outputs[index].Name);
        return slice is null || classes == 0
            ? new RequestedOutput(index, IsBinary: true, classes, slice)
            : throw V2OutputReader.SharedClasses();
    }

    // Small parts only: a few bytes that happen to lie across two pieces of memory.
    private static ReadOnlySpan<byte> Contiguous(in ReadOnlySequence<byte> part) => part.IsSingleSegment ? part.FirstSpan : part.ToArray();
}
