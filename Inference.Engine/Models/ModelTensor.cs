using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Models;

/// <summary>An input or output of a model. A dimension of -1 takes any size; <see cref="Symbols"/> holds its name in the graph, or an empty text.</summary>
public sealed record ModelTensor(string Name, ElementType Type, IReadOnlyList<long> Shape, IReadOnlyList<string> Symbols)
{
    /// <summary>Whether the first dimension takes any size.</summary>
    public bool HasVariableRows => Shape.Count > 0 && Shape[0] < 0;

    /// <summary>
    /// Whether a tensor of this shape fits. A declared rank of 0 accepts every shape: the runtime does not tell a scalar from an unknown rank.
    /// </summary>
    public bool Accepts(ReadOnlySpan<long> shape)
    {
        if (Shape.Count == 0)
        {
            return true;
        }

        if (shape.Length != Shape.Count)
        {
            return false;
        }

        for (var i = 0; i < shape.Length; i++)
        {
            if (Shape[i] >= 0 && Shape[i] != shape[i])
            {
                return false;
            }
        }

        return true;
    }
}
