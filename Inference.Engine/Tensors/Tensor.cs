using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Inference.Engine.Tensors;

/// <summary>
/// A named, typed, shaped block of elements in leased memory. Whoever gets a tensor disposes it once; <see cref="Share"/> and <see cref="SliceRows"/> give
/// further tensors over the same memory, each with its own disposal.
/// </summary>
public sealed class Tensor : IDisposable
{
    private readonly int _firstElement;
    private TensorStorage? _storage;

    internal Tensor(string name, ElementType type, long[] shape, int elementCount, int firstElement, TensorStorage storage)
    {
        Name = name;
        Type = type;
        Shape = shape;
        ElementCount = elementCount;
        _firstElement = firstElement;
        _storage = storage;
    }

    /// <summary>The name of the input or output.</summary>
    public string Name { get; }

    /// <summary>The type of each element.</summary>
    public ElementType Type { get; }

    /// <summary>The dimensions, none negative; empty for a scalar. Not to be changed.</summary>
    public long[] Shape { get; }

    /// <summary>The product of the dimensions.</summary>
    public int ElementCount { get; }

    /// <summary>The first dimension, 1 for a scalar.</summary>
    public long RowCount => Shape.Length == 0 ? 1 : Shape[0];

    /// <summary>The elements in little-endian row-major order, for every type but byte strings.</summary>
    public Span<byte> RawBytes => Storage.Bytes.Slice(_firstElement * Type.SizeBytes(), ElementCount * Type.SizeBytes());

    /// <summary>The elements of a byte string tensor.</summary>
    public Span<ReadOnlyMemory<byte>> Strings => Storage.Strings.AsSpan(_firstElement, ElementCount);

    internal nint Address => Storage.Address + (_firstElement * Type.SizeBytes());

    private TensorStorage Storage => _storage ?? throw new ObjectDisposedException(nameof(Tensor), $"Tensor '{Name}' was disposed.");

    /// <summary>Leases a tensor of fixed-size elements. Its content is undefined: the caller writes every element.</summary>
    public static Tensor Rent(string name, ElementType type, params long[] shape)
    {
        if (type == ElementType.Bytes)
        {
            throw new ArgumentException("Byte string tensors are made with FromStrings.", nameof(type));
        }

        if (!TensorShape.TryCountBytes(type, shape, out var bytes))
        {
            throw new ArgumentOutOfRangeException(
                nameof(shape),
                $"Shape {TensorShape.Format(shape)} of {type.WireName()} is not a tensor below 2 GiB."
            );
        }

        return new Tensor(name, type, shape, bytes / type.SizeBytes(), 0, new PooledStorage(bytes));
    }

    /// <summary>Copies values into a leased tensor.</summary>
    public static Tensor Create<T>(string name, ReadOnlySpan<T> values, params long[] shape)
        where T : unmanaged
    {
        var tensor = Rent(name, ElementTypes.Of<T>(), shape);
        if (tensor.ElementCount != values.Length)
        {
            tensor.Dispose();
            throw new ArgumentException($"{values.Length} values do not fill shape {TensorShape.Format(shape)}.", nameof(values));
        }

        values.CopyTo(tensor.AsSpan<T>());
        return tensor;
    }

    /// <summary>A tensor over byte strings, which it keeps and does not copy.</summary>
    public static Tensor FromStrings(string name, ReadOnlyMemory<byte>[] elements, params long[] shape)
    {
        if (!TensorShape.TryCountElements(shape, out var count) || count != elements.Length)
        {
            throw new ArgumentException($"{elements.Length} values do not fill shape {TensorShape.Format(shape)}.", nameof(elements));
        }

        return new Tensor(name, ElementType.Bytes, shape, count, 0, new StringStorage(elements));
    }

    /// <summary>A tensor over the UTF-8 forms of texts.</summary>
    public static Tensor FromStrings(string name, IReadOnlyList<string> texts, params long[] shape)
    {
        var elements = new ReadOnlyMemory<byte>[texts.Count];
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = Encoding.UTF8.GetBytes(texts[i]);
        }

        return FromStrings(name, elements, shape);
    }

    /// <summary>The elements as <typeparamref name="T"/>, which must have the size of the element type.</summary>
    public Span<T> AsSpan<T>()
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() != Type.SizeBytes())
        {
            throw new InvalidOperationException($"Tensor '{Name}' holds {Type.WireName()}, not {typeof(T).Name}.");
        }

        return MemoryMarshal.Cast<byte, T>(RawBytes);
    }

    /// <summary>Another tensor over the same memory, disposed on its own.</summary>
    public Tensor Share() => new(Name, Type, Shape, ElementCount, _firstElement, Storage.AddReference());

    /// <summary>Another tensor over the same memory under another name, disposed on its own.</summary>
    public Tensor ShareAs(string name) => new(name, Type, Shape, ElementCount, _firstElement, Storage.AddReference());

    /// <summary>Another tensor with memory of its own; the byte strings themselves, which nobody changes, are shared.</summary>
    public Tensor Copy()
    {
        if (Type == ElementType.Bytes)
        {
            return FromStrings(Name, Strings.ToArray(), Shape);
        }

        var copy = Rent(Name, Type, Shape);
        RawBytes.CopyTo(copy.RawBytes);
        return copy;
    }

    /// <summary>Rows <paramref name="start"/> to <paramref name="start"/> + <paramref name="count"/> of the first dimension, over the same memory.</summary>
    public Tensor SliceRows(int start, int count)
    {
        if (Shape.Length == 0 || start < 0 || count < 0 || start + (long)count > Shape[0])
        {
            throw new ArgumentOutOfRangeException(
                nameof(start),
                $"Rows {start}..{start + (long)count} are not in shape {TensorShape.Format(Shape)}."
            );
        }

        var perRow = Shape[0] == 0 ? 0 : (int)(ElementCount / Shape[0]);
        var shape = (long[])Shape.Clone();
        shape[0] = count;
        return new Tensor(Name, Type, shape, perRow * count, _firstElement + (start * perRow), Storage.AddReference());
    }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _storage, null)?.Release();
}
