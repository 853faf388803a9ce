namespace Slipway.Inference.Engine.Tests.Models;

/// <summary>The real models copied beside the tests.</summary>
internal static class TestModels
{
    public static string Iris => Locate("iris-lr-model.onnx");

    public static string MnistWithZipMap => Locate("lr_mnist.onnx");

    private static string Locate(string file) => Path.Combine(AppContext.BaseDirectory, "data", "models", file);
}
