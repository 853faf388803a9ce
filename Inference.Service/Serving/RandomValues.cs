using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.Serving;

/// <summary>Fills tensors with values that every type can have.</summary>
internal static class RandomValues
{
    // Always the same: a warm-up that fails does so again.
    private const int Seed = 1;

    /// <summary>Fractions between 0 and 1 for numbers with fractions, 0 or 1 for all others.</summary>
    public static void Fill(Tensor tensor)
    {
#pragma warning disable CA5394 // Samples, no secrets.
        var random = new Random(Seed);
        switch (tensor.Type)
        {
            case ElementType.Fp32:
                foreach (ref var value in tensor.AsSpan<float>())
                {
                    value = random.NextSingle();
                }
                break;
            case ElementType.Fp64:
                foreach (ref var value in tensor.AsSpan<double>())
                {
                    value = random.NextDouble();
                }
                break;
            case ElementType.Fp16:
                foreach (ref var value in tensor.AsSpan<Half>())
                {
                    value = (Half)random.NextSingle();
                }
                break;
            case ElementType.Bf16:
                foreach (ref var value in tensor.AsSpan<ushort>())
                {
                    // The upper half of a float is the same number with fewer digits.
                    value = (ushort)(BitConverter.SingleToUInt32Bits(random.NextSingle()) >> 16);
                }
                break;
            default:
                var size = tensor.RawBytes.Length / Math.Max(1, tensor.ElementCount);
                for (var i = 0; i < tensor.ElementCount; i++)
                {
                    // Little-endian: the first byte has the units.
                    tensor.RawBytes[i * size] = (byte)random.Next(2);
                }
                break;
        }
#pragma warning restore CA5394
    }
}
