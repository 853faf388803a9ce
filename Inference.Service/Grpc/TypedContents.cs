using System.Runtime.InteropServices;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Grpc;

/// <summary>Reads <c>InferTensorContents</c>: elements in the list that the protocol has for their type, packed or not.</summary>
internal static class TypedContents
{
    // By element type; 0 for those that only have raw contents.
    private static readonly int[] s_fields = [1, 4, 4, 4, 5, 2, 2, 2, 3, 0, 0, 6, 7, 8];

    public static Tensor Read(ModelTensor input, long[] shape, ReadOnlySpan<byte> contents, string model)
    {
        var field = s_fields[(int)input.Type];
        if (field == 0)
        {
            throw RequestRefusedException.BadRequest(
                $"{input.Type.WireName()} data of input '{input.Name}' for model '{model}' must come as raw_input_contents"
            );
        }
        if (!TensorShape.TryCountElements(shape, out var expected))
        {
            throw InputErrors.TooLarge(input, shape);
        }
        // Counted first: a shape that the message does not fill claims no memory.
        var given = Count(contents, field, input, model);
        if (given != expected)
        {
            var size = input.Type.SizeBytes();
            throw input.Type == ElementType.Bytes
                ? RequestRefusedException.BadRequest(
                    $"expected {expected} string elements for inference input '{input.Name}' for model '{model}', got {given}"
                )
                : InputErrors.WrongByteSize(input, (long)expected * size, (long)given * size, model);
        }
        if (input.Type == ElementType.Bytes)
        {
            return Tensor.FromStrings(input.Name, ReadTexts(contents, given), shape);
        }
        var tensor = Tensor.Rent(input.Name, input.Type, shape);
        try
        {
            ReadNumbers(contents, field, tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static int Count(ReadOnlySpan<byte> contents, int field, ModelTensor input, string model)
    {
        var count = 0;
        var reader = new ProtoReader(contents);
        while (reader.TryReadTag(out var other, out var wireType))
        {
            if (other != field)
            {
                throw RequestRefusedException.BadRequest(
                    $"unexpected explicit tensor data for input '{input.Name}' for model '{model}': its data-type is {input.Type.WireName()}"
                );
            }
            if (wireType != ProtoReader.Delimited || field == 8)
            {
                reader.Skip(wireType);
                count++;
                continue;
            }
            var packed = reader.ReadDelimited();
            count += field switch
            {
                6 => packed.Length / sizeof(float),
                7 => packed.Length / sizeof(double),
                _ => CountVarints(packed),
            };
        }
        return count;
    }

    private static int CountVarints(ReadOnlySpan<byte> packed)
    {
        var count = 0;
        foreach (var part in packed)
        {
            count += part < 0x80 ? 1 : 0;
        }
        return count;
    }

    private static ReadOnlyMemory<byte>[] ReadTexts(ReadOnlySpan<byte> contents, int count)
    {
        var texts = new ReadOnlyMemory<byte>[count];
        var reader = new ProtoReader(contents);
        for (var i = 0; reader.TryReadTag(out _, out var wireType); i++)
        {
            texts[i] = reader.ReadDelimited(wireType).ToArray();
        }
        return texts;
    }

    private static void ReadNumbers(ReadOnlySpan<byte> contents, int field, Tensor tensor)
    {
        var next = 0;
        var reader = new ProtoReader(contents);
        while (reader.TryReadTag(out _, out var wireType))
        {
            switch (wireType)
            {
                case ProtoReader.Delimited when field is 6 or 7:
                    var packed = reader.ReadDelimited();
                    if (packed.Length % tensor.Type.SizeBytes() != 0)
                    {
                        throw ProtoReader.Malformed();
                    }
                    packed.CopyTo(tensor.RawBytes[(next * tensor.Type.SizeBytes())..]);
                    next += packed.Length / tensor.Type.SizeBytes();
                    break;
                case ProtoReader.Delimited:
                    ReadVarints(reader.ReadDelimited(), tensor, ref next);
                    break;
                case ProtoReader.Fixed32 when field == 6:
                    tensor.AsSpan<uint>()[next++] = reader.ReadFixed32();
                    break;
                case ProtoReader.Fixed64 when field == 7:
                    tensor.AsSpan<ulong>()[next++] = reader.ReadFixed64();
                    break;
                case ProtoReader.Varint when field is not (6 or 7):
                    Store(tensor, next++, reader.ReadVarint());
                    break;
                default:
                    throw ProtoReader.Malformed();
            }
        }
    }

    private static void ReadVarints(ReadOnlySpan<byte> packed, Tensor tensor, ref int next)
    {
        if (packed.Length > 0 && packed[^1] >= 0x80)
        {
            throw ProtoReader.Malformed();
        }
        ulong value = 0;
        var shift = 0;
        foreach (var part in packed)
        {
            value |= shift < 64 ? (ulong)(part & 0x7F) << shift : 0;
            shift += 7;
            if (part < 0x80)
            {
                Store(tensor, next++, value);
                value = 0;
                shift = 0;
            }
        }
    }

    private static void Store(Tensor tensor, int index, ulong value)
    {
        var signed = unchecked((long)value);
        var bytes = tensor.RawBytes;
        var fits = true;
        switch (tensor.Type)
        {
            case ElementType.Bool:
                bytes[index] = value == 0 ? (byte)0 : (byte)1;
                break;
            case ElementType.Int64 or ElementType.UInt64:
                MemoryMarshal.Cast<byte, ulong>(bytes)[index] = value;
                break;
            case ElementType.Int32:
                MemoryMarshal.Cast<byte, int>(bytes)[index] = unchecked((int)value);
                break;
            case ElementType.UInt32:
                MemoryMarshal.Cast<byte, uint>(bytes)[index] = unchecked((uint)value);
                break;
            case ElementType.Int16:
                MemoryMarshal.Cast<byte, short>(bytes)[index] = unchecked((short)signed);
                fits = signed is >= short.MinValue and <= short.MaxValue;
                break;
            case ElementType.Int8:
                bytes[index] = unchecked((byte)signed);
                fits = signed is >= sbyte.MinValue and <= sbyte.MaxValue;
                break;
            case ElementType.UInt16:
                MemoryMarshal.Cast<byte, ushort>(bytes)[index] = unchecked((ushort)value);
                fits = value <= ushort.MaxValue;
                break;
            default:
                bytes[index] = unchecked((byte)value);
                fits = value <= byte.MaxValue;
                break;
        }
        if (!fits)
        {
            throw RequestRefusedException.BadRequest(
                $"input '{tensor.Name}' expects {tensor.Type.WireName()} values, got {(tensor.Type is ElementType.Int8 or ElementType.Int16 ? $"{signed}" : $"{value}")}"
            );
        }
    }
}
