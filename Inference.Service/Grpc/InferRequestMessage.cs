using System.Buffers;
using System.Text;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Grpc;

/// <summary>
/// A <c>ModelInferRequest</c>, parted into its fields: what says whom it is for is read, the rest is kept where it is until the model is known. Raw tensor data is never
/// copied here.
/// </summary>
internal sealed class InferRequestMessage
{
    // Far above what models have; an empty part is two bytes on the wire, and many times as much here.
    private const int MaxParts = 16_384;

    private InferRequestMessage() { }

    public string ModelName { get; private set; } = "";

    public string ModelVersion { get; private set; } = "";

    public string Id { get; private set; } = "";

    public List<ReadOnlySequence<byte>> Parameters { get; } = [];

    public List<ReadOnlySequence<byte>> Inputs { get; } = new(2);

    public List<ReadOnlySequence<byte>> Outputs { get; } = [];

    public List<ReadOnlySequence<byte>> RawInputs { get; } = new(2);

    /// <summary>How many of <see cref="RawInputs"/> were taken.</summary>
    public int TakenRawInputs { get; private set; }

    /// <summary>The next of <see cref="RawInputs"/>, or null after the last.</summary>
    public ReadOnlySequence<byte>? TakeRawInput() => TakenRawInputs < RawInputs.Count ? RawInputs[TakenRawInputs++] : null;

    public static InferRequestMessage Read(in ReadOnlySequence<byte> bytes)
    {
        var message = new InferRequestMessage();
        var reader = new SequenceReader<byte>(bytes);
        while (!reader.End)
        {
            var tag = ReadVarint(ref reader);
            switch (tag & 7)
            {
                case ProtoReader.Varint:
                    ReadVarint(ref reader);
                    break;
                case ProtoReader.Fixed64:
                    Advance(ref reader, sizeof(ulong));
                    break;
                case ProtoReader.Fixed32:
                    Advance(ref reader, sizeof(uint));
                    break;
                case ProtoReader.Delimited:
                    var length = ReadVarint(ref reader);
                    if (length > (ulong)reader.Remaining)
                    {
                        throw ProtoReader.Malformed();
                    }
                    message.Add(tag >> 3, bytes.Slice(reader.Position, (long)length));
                    reader.Advance((long)length);
                    break;
                default:
                    throw ProtoReader.Malformed();
            }
        }
        return message;
    }

    private void Add(ulong field, in ReadOnlySequence<byte> value)
    {
        switch (field)
        {
            case 1:
                ModelName = Encoding.UTF8.GetString(value);
                break;
            case 2:
                ModelVersion = Encoding.UTF8.GetString(value);
                break;
            case 3:
                Id = Encoding.UTF8.GetString(value);
                break;
            case 4:
                Add(Parameters, value);
                break;
            case 5:
                Add(Inputs, value);
                break;
            case 6:
                Add(Outputs, value);
                break;
            case 7:
                Add(RawInputs, value);
                break;
        }
    }

    private static void Add(List<ReadOnlySequence<byte>> parts, in ReadOnlySequence<byte> part)
    {
        if (parts.Count == MaxParts)
        {
            throw RequestRefusedException.BadRequest(
                $"the request message has more than {MaxParts} inputs, outputs, raw_input_contents or parameters"
            );
        }
        parts.Add(part);
    }

    private static ulong ReadVarint(ref SequenceReader<byte> reader)
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (!reader.TryRead(out var next))
            {
                throw ProtoReader.Malformed();
            }
            value |= shift < 64 ? (ulong)(next & 0x7F) << shift : 0;
            if (next < 0x80)
            {
                return value;
            }
        }
        throw ProtoReader.Malformed();
    }

    private static void Advance(ref SequenceReader<byte> reader, int count)
    {
        if (reader.Remaining < count)
        {
            throw ProtoReader.Malformed();
        }
        reader.Advance(count);
    }
}
