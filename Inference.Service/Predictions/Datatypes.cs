using System.Text;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.Predictions;

/// <summary>The protocol's names of element types, in UTF-8 as they come.</summary>
internal static class Datatypes
{
    private static readonly byte[][] s_names = [.. Enum.GetValues<ElementType>().Select(type => Encoding.UTF8.GetBytes(type.WireName()))];

    public static bool Is(ReadOnlySpan<byte> name, ElementType type) => name.SequenceEqual(s_names[(int)type]);
}
