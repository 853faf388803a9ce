namespace Slipway.Inference.Engine.Models;

/// <summary>The execution providers that can be configured.</summary>
public static class ProviderNames
{
    /// <summary>The processor: always there.</summary>
    public const string Cpu = "cpu";

    /// <summary>NVIDIA CUDA.</summary>
    public const string Cuda = "cuda";

    /// <summary>NVIDIA TensorRT.</summary>
    public const string TensorRt = "tensorrt";

    /// <summary>Whether a name is one of these.</summary>
    public static bool IsKnown(string name) => name is Cpu or Cuda or TensorRt;
}
