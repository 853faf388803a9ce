namespace Slipway.Registry.Api.Tests.Support;

/// <summary>Sets of files to register.</summary>
internal static class Files
{
    public static Dictionary<string, byte[]> Good { get; } = new() { ["model.onnx"] = OnnxFile.Identity() };

    public static Dictionary<string, byte[]> One(string name, byte[] content) => new() { [name] = content };
}
