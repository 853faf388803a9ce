using System.Buffers;
using System.Text;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.V2;

namespace Slipway.Inference.Service.Grpc;

/// <summary>Turns a <c>ModelInferRequest</c> into tensors that fit the model.</summary>
internal static class InferRequestReader
{
    private const int MaxRank = 32;

    public static PredictionRequest Read(InferRequestMessage message, ModelFacts facts, string model)
    {
        var tensors = new Tensor?[facts.Signature.Inputs.Count];
        try
        {
            ReadInputs(message, tensors, facts, model);
            return ReadParameters(message, tensors!, facts, model);
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

    private static void ReadInputs(InferRequestMessage message, Tensor?[] tensors, ModelFacts facts, string model)
    {
        var isRaw = message.RawInputs.Count > 0;
        if (isRaw && message.RawInputs.Count != message.Inputs.Count)
        {
            throw RequestRefusedException.BadRequest(
                $"expected {message.Inputs.Count} raw_input_contents, one for each input, got {message.RawInputs.Count} for model '{model}'"
            );
        }
        var guess = 0;
        for (var i = 0; i < message.Inputs.Count; i++)
        {
            var index = ReadInput(message.Inputs[i], isRaw ? message.RawInputs[i] : null, tensors, facts, model, guess);
            guess = index + 1 == tensors.Length ? 0 : index + 1;
        }
        if (Array.IndexOf(tensors, null) >= 0)
        {
            throw InputErrors.Missing(facts.Signature, [.. tensors.Select(tensor => tensor is not null)], model);
        }
    }

    // Its place in the signature.
    private static int ReadInput(
        in ReadOnlySequence<byte> input,
        ReadOnlySequence<byte>? raw,
        Tensor?[] tensors,
        ModelFacts facts,
        string model,
        int guess
    )
    {
        if (input.IsSingleSegment)
        {
            return ReadInput(input.FirstSpan, raw, tensors, facts, model, guess);
        }
        var copy = ByteBuffers.Rent((int)input.Length);
        try
        {
            input.CopyTo(copy);
            return ReadInput(copy.AsSpan(0, (int)input.Length), raw, tensors, facts, model, guess);
        }
        finally
        {
            ByteBuffers.Return(copy);
        }
    }

    private static int ReadInput(
        ReadOnlySpan<byte> input,
        ReadOnlySequence<byte>? raw,
        Tensor?[] tensors,
        ModelFacts facts,
        string model,
        int guess
    )
    {
        var reader = new ProtoReader(input);
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> datatype = default;
        ReadOnlySpan<byte> contents = default;
        Span<long> dimensions = stackalloc long[MaxRank];
        var rank = 0;
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
                    RefuseSharedMemory(InferParameter.Read(reader.ReadDelimited(wireType)).Name, name);
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
        tensors[index] = raw is { } bytes
            ? ReadRaw(expected, shape, bytes, contents, model)
            : TypedContents.Read(expected, shape, contents, model);
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

    private static void RefuseSharedMemory(ReadOnlySpan<byte> parameter, ReadOnlySpan<byte> tensor)
    {
        if (parameter.StartsWith("shared_memory"u8))
        {
            throw RequestRefusedException.BadRequest(
                $"'{Encoding.UTF8.GetString(tensor)}' asks for shared memory, which this server does not offer (see ServerMetadata)"
            );
        }
    }

    private static PredictionRequest ReadParameters(InferRequestMessage message, Tensor[] tensors, ModelFacts facts, string model)
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
            RequestedOutputs = ReadOutputs(message, facts, model),
            IsBinaryWanted = true,
        };
    }

    private static RequestedOutput[]? ReadOutputs(InferRequestMessage message, ModelFacts facts, string model)
    {
        if (message.Outputs.Count == 0)
        {
            return null;
        }
        var outputs = new List<RequestedOutput>(message.Outputs.Count);
        foreach (var output in message.Outputs)
        {
            V2OutputReader.Add(outputs, ReadOutput(Contiguous(output), facts, model), facts);
        }
        return [.. outputs];
    }

    private static RequestedOutput ReadOutput(ReadOnlySpan<byte> output, ModelFacts facts, string model)
    {
        var reader = new ProtoReader(output);
        ReadOnlySpan<byte> name = default;
        var classes = 0;
        while (reader.TryReadTag(out var field, out var wireType))
        {
            if (field == 1)
            {
                name = reader.ReadDelimited(wireType);
            }
            else if (field == 2)
            {
                var parameter = InferParameter.Read(reader.ReadDelimited(wireType));
                RefuseSharedMemory(parameter.Name, name);
                classes = parameter.Name.SequenceEqual("classification"u8) ? (int)Math.Min(int.MaxValue, parameter.AsInteger()) : classes;
            }
            else
            {
                reader.Skip(wireType);
            }
        }
        return new RequestedOutput(V2OutputReader.Find(name, facts, model), IsBinary: true, classes);
    }

    // Small parts only: a few bytes that happen to lie across two pieces of memory.
    private static ReadOnlySpan<byte> Contiguous(in ReadOnlySequence<byte> part) => part.IsSingleSegment ? part.FirstSpan : part.ToArray();
}
