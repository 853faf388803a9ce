using System.Text;

namespace Slipway.Registry.Api.Tests.Support;

/// <summary>
/// Writes tiny ONNX models (one Identity node), field by field as the published onnx.proto numbers them, so that these tests need no protobuf library.
/// </summary>
internal static class OnnxFile
{
    private const int Float = 1;

    /// <summary>A model that copies its float input <c>[-1, columns]</c> to its output.</summary>
    public static byte[] Identity(string input = "x", string output = "y", int columns = 2)
    {
        var node = Message(Text(1, input), Text(2, output), Text(3, "copy"), Text(4, "Identity"));
        var graph = Message(Field(1, node), Text(2, "graph"), Field(11, Tensor(input, columns)), Field(12, Tensor(output, columns)));
        var opset = Message(Text(1, ""), Number(2, 17));
        return Message(Number(1, 8), Text(2, "slipway-tests"), Field(7, graph), Field(8, opset));
    }

    /// <summary>A model whose weights are said to lie in another file.</summary>
    public static byte[] WithExternalData(string location)
    {
        var entry = Message(Text(1, "location"), Text(2, location));
        var weights = Message(Number(1, 2), Number(2, Float), Text(8, "w"), Field(13, entry), Number(14, 1));
        var node = Message(Text(1, "x"), Text(1, "w"), Text(2, "y"), Text(3, "add"), Text(4, "Add"));
        var graph = Message(Field(1, node), Text(2, "graph"), Field(5, weights), Field(11, Tensor("x", 2)), Field(12, Tensor("y", 2)));
        var opset = Message(Text(1, ""), Number(2, 17));
        return Message(Number(1, 8), Field(7, graph), Field(8, opset));
    }

    private static byte[] Tensor(string name, int columns)
    {
        var shape = Message(Field(1, Message(Text(2, "rows"))), Field(1, Message(Number(1, columns))));
        var type = Message(Field(1, Message(Number(1, Float), Field(2, shape))));
        return Message(Text(1, name), Field(2, type));
    }

    private static byte[] Message(params byte[][] fields) => [.. fields.SelectMany(f => f)];

    private static byte[] Text(int field, string text) => Field(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Field(int field, byte[] content) => [.. Varint((field << 3) | 2), .. Varint(content.Length), .. content];

    private static byte[] Number(int field, long value) => [.. Varint(field << 3), .. Varint(value)];

    private static byte[] Varint(long value)
    {
        var bytes = new List<byte>();
        do
        {
            bytes.Add((byte)((value & 0x7f) + (value > 0x7f ? 0x80 : 0)));
            value >>= 7;
        } while (value > 0);
        return [.. bytes];
    }
}
