using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Caching;

/// <summary>The inputs of a request as the key of its answer: equal only when every name, type, shape and byte is. The tensors stay their owner's.</summary>
internal sealed class CacheKey : IEquatable<CacheKey>
{
    private readonly int _hash;

    public CacheKey(IReadOnlyList<Tensor> inputs)
    {
        Inputs = inputs;
        _hash = Hash(inputs);
    }

    public IReadOnlyList<Tensor> Inputs { get; }

    public bool Equals(CacheKey? other)
    {
        if (other is null || other._hash != _hash || other.Inputs.Count != Inputs.Count)
        {
            return false;
        }

        for (var i = 0; i < Inputs.Count; i++)
        {
            if (!AreEqual(Inputs[i], other.Inputs[i]))
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as CacheKey);

    public override int GetHashCode() => _hash;

    private static bool AreEqual(Tensor one, Tensor other)
    {
        if (one.Name != other.Name || one.Type != other.Type || !one.Shape.AsSpan().SequenceEqual(other.Shape))
        {
            return false;
        }

        if (one.Type != ElementType.Bytes)
        {
            return one.RawBytes.SequenceEqual(other.RawBytes);
        }

        for (var i = 0; i < one.ElementCount; i++)
        {
            if (!one.Strings[i].Span.SequenceEqual(other.Strings[i].Span))
            {
                return false;
            }
        }

        return true;
    }

    private static int Hash(IReadOnlyList<Tensor> inputs)
    {
        var hash = new HashCode();
        foreach (var input in inputs)
        {
            hash.Add(input.Name);
            foreach (var dimension in input.Shape)
            {
                hash.Add(dimension);
            }

            if (input.Type != ElementType.Bytes)
            {
                hash.AddBytes(input.RawBytes);
                continue;
            }

            foreach (var text in input.Strings)
            {
                hash.Add(text.Length);
                hash.AddBytes(text.Span);
            }
        }

        return hash.ToHashCode();
    }
}
