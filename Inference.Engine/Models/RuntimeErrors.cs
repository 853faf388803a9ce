using Microsoft.ML.OnnxRuntime;

namespace Slipway.Inference.Engine.Models;

/// <summary>Turns what the native runtime says into codes and texts that may be shown: without paths of this machine, and not longer than a few lines.</summary>
internal static class RuntimeErrors
{
    private const int TextLimit = 600;
    private const string Prefix = "[ErrorCode:";

    /// <summary>The runtime's own error code, such as <c>InvalidArgument</c>; empty when there is none.</summary>
    public static string Code(Exception error)
    {
        var message = error.Message;
        var end = message.IndexOf(']', StringComparison.Ordinal);
        return message.StartsWith(Prefix, StringComparison.Ordinal) && end > 0 ? message[Prefix.Length..end] : "";
    }

    public static string Text(Exception error, string? folder) => Text(error.Message, folder);

    public static string Text(string message, string? folder)
    {
        if (message.StartsWith(Prefix, StringComparison.Ordinal))
        {
            message = message[(message.IndexOf(']', StringComparison.Ordinal) + 1)..];
        }

        if (!string.IsNullOrEmpty(folder))
        {
            message = message
                .Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
                .Replace(folder, ".", StringComparison.Ordinal);
        }

        // Names inside a model are its writer's choice: none of them may begin a line of its own in a log.
        message = new string([.. message.Select(c => char.IsControl(c) ? ' ' : c)]).Trim();
        return message.Length > TextLimit ? message[..TextLimit] + "..." : message;
    }

    public static ModelLoadException LoadFailure(OnnxRuntimeException error, string folder)
    {
        var text = Text(error, folder);
        var code =
            text.Contains("Unsupported model IR version", StringComparison.Ordinal)
            || text.Contains("official released onnx opset", StringComparison.Ordinal)
                ? ModelLoadCodes.UnsupportedVersion
            : Code(error) == "NotImplemented"
            || text.Contains("No Op registered", StringComparison.Ordinal)
            || text.Contains("is not a registered function/op", StringComparison.Ordinal)
                ? ModelLoadCodes.UnknownOperator
            : text.Contains("Unregistered TensorElementType", StringComparison.Ordinal) ? ModelLoadCodes.UnsupportedType
            : Code(error) == "InvalidProtobuf" ? ModelLoadCodes.NotOnnx
            : ModelLoadCodes.LoadFailed;
        return new ModelLoadException(code, $"ONNX Runtime refused the model: {text}", error);
    }
}
