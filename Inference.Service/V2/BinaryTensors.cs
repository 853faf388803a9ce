using System.Buffers;
using System.Buffers.Binary;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.SharedMemory;

namespace Slipway.Inference.Service.V2;

/// <summary>
/// Tensors as the protocol has them in bytes, over HTTP and gRPC alike: little-endian and row by row; BOOL is one byte; each element of BYTES has its length before it, in
/// four bytes.
/// </summary>
internal static class BinaryTensors
{
    private const int LengthBytes = sizeof(uint);

    /// <summary>Copies an input's bytes into a leased tensor. The shape fits the input already.</summary>
    public static Tensor Read(ModelTensor input, long[] shape, ReadOnlySequence<byte> bytes, string model)
    {
        if (input.Type == ElementType.Bytes)
        {
            return ReadTexts(input, shape, bytes, isOwned: false, model);
        }
        var tensor = Rent(input, shape, bytes.Length, model);
        bytes.CopyTo(tensor.RawBytes);
        return Normalized(tensor);
    }

    /// <summary>Copies an input's bytes out of shared memory. The shape fits the input already.</summary>
    public static Tensor Read(ModelTensor input, long[] shape, SharedMemorySlice slice, string model)
    {
        if (input.Type != ElementType.Bytes)
        {
            RequireSize(input, shape, slice.ByteSize, model);
            slice.Hold();
            var tensor = Tensor.Rent(input.Name, input.Type, shape);
            try
            {
                slice.Read(tensor.RawBytes);
                return Normalized(tensor);
            }
            catch
            {
                tensor.Dispose();
                throw;
            }
        }
        if (slice.ByteSize > Array.MaxLength)
        {
            throw InputErrors.TooLarge(input, shape);
        }
        slice.Hold();
        // Before a length is looked at: the client may go on writing.
        var bytes = new byte[slice.ByteSize];
        slice.Read(bytes);
        return ReadTexts(input, shape, new ReadOnlySequence<byte>(bytes), isOwned: true, model);
    }

    /// <summary>Bytes that a tensor takes.</summary>
    public static long SizeOf(Tensor tensor)
    {
        if (tensor.Type != ElementType.Bytes)
        {
            return (long)tensor.ElementCount * tensor.Type.SizeBytes();
        }
        long size = 0;
        foreach (var element in tensor.Strings)
        {
            size += LengthBytes + element.Length;
        }
        return size;
    }

    /// <summary>Writes a tensor; it has to live until the buffer is sent.</summary>
    public static void Write(PooledBuffer buffer, Tensor tensor)
    {
        if (tensor.Type != ElementType.Bytes)
        {
            buffer.WriteRaw(tensor);
            return;
        }
        foreach (var element in tensor.Strings)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(buffer.GetSpan(LengthBytes), (uint)element.Length);
            buffer.Advance(LengthBytes);
            buffer.Write(element.Span);
        }
    }

    /// <summary>Copies an output into shared memory.</summary>
    public static void Write(SharedMemorySlice slice, Tensor tensor)
    {
        if (tensor.Type != ElementType.Bytes)
        {
            slice.Write(tensor.Name, tensor.RawBytes);
            return;
        }
        slice.RequireRoom(tensor.Name, SizeOf(tensor));
        using var texts = new PooledBuffer();
        Write(texts, tensor);
        slice.Write(tensor.Name, texts.Written.Span);
    }

    private static Tensor Rent(ModelTensor input, long[] shape, long given, string model)
    {
        RequireSize(input, shape, given, model);
        return Tensor.Rent(input.Name, input.Type, shape);
    }

    private static void RequireSize(ModelTensor input, long[] shape, long given, string model)
    {
        if (!TensorShape.TryCountElements(shape, out var count))
        {
            throw InputErrors.TooLarge(input, shape);
        }
        var expected = (long)count * input.Type.SizeBytes();
        if (given != expected)
        {
            throw InputErrors.WrongByteSize(input, expected, given, model);
        }
        if (expected > Array.MaxLength)
        {
            throw InputErrors.TooLarge(input, shape);
        }
    }

    private static Tensor ReadTexts(ModelTensor input, long[] shape, ReadOnlySequence<byte> bytes, bool isOwned, string model) =>
        TensorShape.TryCountElements(shape, out var count)
            ? Tensor.FromStrings(input.Name, ReadTexts(input, bytes, isOwned, count, model), shape)
            : throw InputErrors.TooLarge(input, shape);

    private static ReadOnlyMemory<byte>[] ReadTexts(ModelTensor input, ReadOnlySequence<byte> bytes, bool isOwned, int count, string model)
    {
        // Before memory is claimed for elements that are not there.
        if (bytes.Length < (long)count * LengthBytes)
        {
            throw TooFew(input, count, CountTexts(bytes), model);
        }
        // One copy of all; the elements are parts of it.
        var rest = isOwned ? bytes.First : bytes.ToArray();
        var texts = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < count; i++)
        {
            if (rest.Length == 0)
            {
                throw TooFew(input, count, i, model);
            }
            if (rest.Length < LengthBytes)
            {
                throw RequestRefusedException.BadRequest(
                    $"incomplete string length indicator for inference input '{input.Name}' for model '{model}', expecting {LengthBytes} bytes but only {rest.Length} bytes available"
                );
            }
            var length = BinaryPrimitives.ReadUInt32LittleEndian(rest.Span);
            rest = rest[LengthBytes..];
            if (length > rest.Length)
            {
                throw RequestRefusedException.BadRequest(
                    $"incomplete string data for inference input '{input.Name}' for model '{model}', expecting string of length {length} but only {rest.Length} bytes available"
                );
            }
            texts[i] = rest[..(int)length];
            rest = rest[(int)length..];
        }
        return rest.Length == 0
            ? texts
            : throw RequestRefusedException.BadRequest(
                $"unexpected number of string elements {count + 1} for inference input '{input.Name}' for model '{model}', expecting {count}"
            );
    }

    private static int CountTexts(ReadOnlySequence<byte> bytes)
    {
        var reader = new SequenceReader<byte>(bytes);
        var count = 0;
        while (reader.TryReadLittleEndian(out int length) && length >= 0 && length <= reader.Remaining)
        {
            reader.Advance(length);
            count++;
        }
        return count;
    }

    private static RequestRefusedException TooFew(ModelTensor input, int expected, int given, string model) =>
        RequestRefusedException.BadRequest(
            $"expected {expected} string elements for inference input '{input.Name}' for model '{model}', got {given}"
        );

    private static Tensor Normalized(Tensor tensor)
    {
        if (tensor.Type == ElementType.Bool)
        {
            Normalize(tensor.RawBytes);
        }
        return tensor;
    }

    // The runtime is only defined for 0 and 1.
    private static void Normalize(Span<byte> elements)
    {
        while (elements.IndexOfAnyExcept((byte)0, (byte)1) is var next && next >= 0)
        {
            elements[next] = 1;
            elements = elements[(next + 1)..];
        }
    }
}
