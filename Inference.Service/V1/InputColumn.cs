using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V1;

/// <summary>
/// Gathers the values of one input whose shape is only known by reading: the first value (or row) sets it, the others must agree. Numbers given for an input of
/// byte strings count as their text, as tabular callers expect; <c>null</c> is a missing value: NaN, or the empty string.
/// </summary>
internal sealed class InputColumn(ModelTensor input, string model) : IDisposable
{
    private const int MaxRank = 32;
    private const int MaxShownBytes = 60;

    private readonly int[] _dimensions = new int[MaxRank];
    private int _rank = -1;
    private int _knownDimensions;
    private byte[] _elements = []; // numbers, or texts one after the other
    private int _length; // bytes used of it
    private int[] _textEnds = [];
    private int _count;

    /// <summary>Values read so far with <see cref="Read"/>.</summary>
    public int Rows { get; private set; }

    /// <summary>Reads one value: a scalar or nested arrays.</summary>
    public void Read(ref JsonCursor cursor)
    {
        ReadValue(ref cursor, 0);
        Rows++;
    }

    /// <summary>The tensor of all values read; in the row format, their number is its first dimension.</summary>
    public Tensor ToTensor(bool isRowFormat)
    {
        var shape = new List<long>(input.Shape.Count);
        if (isRowFormat)
        {
            shape.Add(Rows);
        }
        for (var i = 0; i < _rank; i++)
        {
            shape.Add(_dimensions[i]);
        }
        // A scalar for an input of [-1,1], as tabular models have them: missing dimensions at the end are added where they are of size 1.
        while (shape.Count < input.Shape.Count && input.Shape.Skip(shape.Count).All(dimension => dimension is 1 or -1))
        {
            shape.Add(1);
        }
        long[] given = [.. shape];
        if (!input.Accepts(given))
        {
            throw InputErrors.WrongShape(input, given, model);
        }
        if (input.Type == ElementType.Bytes)
        {
            return Tensor.FromStrings(input.Name, Texts(), given);
        }
        var tensor = Tensor.Rent(input.Name, input.Type, given);
        _elements.AsSpan(0, _length).CopyTo(tensor.RawBytes);
        return tensor;
    }

    public void Dispose()
    {
        if (_elements.Length > 0)
        {
            ByteBuffers.Return(_elements);
            _elements = [];
        }
    }

    private void ReadValue(ref JsonCursor cursor, int depth)
    {
        var kind = cursor.Peek();
        if (kind != JsonKind.Array)
        {
            if (_rank < 0)
            {
                _rank = depth;
            }
            if (_rank != depth)
            {
                throw Ragged();
            }
            ReadElement(ref cursor, kind);
            return;
        }
        if (depth == MaxRank)
        {
            throw RequestRefusedException.BadRequest($"the values of input '{input.Name}' have more than {MaxRank} dimensions");
        }
        if (_rank >= 0 && depth >= _rank)
        {
            throw Ragged();
        }
        cursor.BeginArray();
        var length = 0;
        while (cursor.NextElement())
        {
            ReadValue(ref cursor, depth + 1);
            length++;
        }
        NoteLength(depth, length);
    }

    private void NoteLength(int depth, int length)
    {
        if (length == 0 && _rank < 0)
        {
            // [] or [[]]: no element will tell the rank.
            _rank = depth + 1;
        }
        if (depth < _rank - _knownDimensions)
        {
            // Inner dimensions are known before outer ones.
            _dimensions[depth] = length;
            _knownDimensions = _rank - depth;
        }
        else if (_dimensions[depth] != length)
        {
            throw Ragged();
        }
    }

    private void ReadElement(ref JsonCursor cursor, JsonKind kind)
    {
        if (input.Type == ElementType.Bytes)
        {
            AddText(ReadText(ref cursor, kind));
            return;
        }
        var size = input.Type.SizeBytes();
        Reserve(size);
        switch (kind)
        {
            case JsonKind.Number:
                var number = cursor.ReadNumber();
                if (!NumberStore.TryStore(input.Type, _elements, _count, number))
                {
                    throw Unfit(Encoding.UTF8.GetString(number.Text[..Math.Min(number.Text.Length, MaxShownBytes)]));
                }
                break;
            case JsonKind.Null:
                cursor.ReadNull();
                if (!NumberStore.TryStoreMissing(input.Type, _elements, _count))
                {
                    throw Unfit("null (a missing value)");
                }
                break;
            case JsonKind.Boolean when input.Type == ElementType.Bool:
                _elements[_count] = cursor.ReadBoolean() ? (byte)1 : (byte)0;
                break;
            default:
                throw Unfit(
                    kind == JsonKind.String ? "a string"
                    : kind == JsonKind.Boolean ? "a boolean"
                    : "an object"
                );
        }
        _length += size;
        _count++;
    }

    private ReadOnlySpan<byte> ReadText(ref JsonCursor cursor, JsonKind kind)
    {
        switch (kind)
        {
            case JsonKind.String:
                return cursor.ReadString();
            case JsonKind.Number:
                return cursor.ReadNumber().Text;
            case JsonKind.Boolean:
                return cursor.ReadBoolean() ? "true"u8 : "false"u8;
            case JsonKind.Null:
                cursor.ReadNull();
                return [];
            default:
                return ReadBase64(ref cursor);
        }
    }

    // {"b64":"…"}: bytes that are no text.
    private byte[] ReadBase64(ref JsonCursor cursor)
    {
        cursor.BeginObject();
        if (!cursor.NextMember(out var name) || !name.SequenceEqual("b64"u8) || cursor.Peek() != JsonKind.String)
        {
            throw Unfit("an object");
        }
        var encoded = cursor.ReadString();
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(encoded.Length)];
        var isValid = Base64.DecodeFromUtf8(encoded, bytes, out _, out var count) == OperationStatus.Done;
        return isValid && !cursor.NextMember(out _) ? bytes[..count] : throw Unfit("a 'b64' that is not base64");
    }

    private void AddText(ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        text.CopyTo(_elements.AsSpan(_length));
        _length += text.Length;
        if (_count == _textEnds.Length)
        {
            Array.Resize(ref _textEnds, Math.Max(4, _count * 2));
        }
        _textEnds[_count++] = _length;
    }

    private ReadOnlyMemory<byte>[] Texts()
    {
        var all = _elements.AsSpan(0, _length).ToArray();
        var texts = new ReadOnlyMemory<byte>[_count];
        var start = 0;
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = all.AsMemory(start, _textEnds[i] - start);
            start = _textEnds[i];
        }
        return texts;
    }

    private void Reserve(int bytes)
    {
        if (_elements.Length - _length >= bytes)
        {
            return;
        }
        var larger = ByteBuffers.Rent((int)Math.Min(Array.MaxLength, Math.Max(64, (_length + (long)bytes) * 2)));
        _elements.AsSpan(0, _length).CopyTo(larger);
        if (_elements.Length > 0)
        {
            ByteBuffers.Return(_elements);
        }
        _elements = larger;
    }

    private RequestRefusedException Ragged() =>
        RequestRefusedException.BadRequest(
            $"the values of input '{input.Name}' do not form a regular array: all rows must have the same shape"
        );

    private RequestRefusedException Unfit(string given) =>
        RequestRefusedException.BadRequest(
            $"inference input '{input.Name}' of model '{model}' expects {input.Type.WireName()} values, got {given}"
        );
}
