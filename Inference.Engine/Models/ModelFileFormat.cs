using System.Buffers.Binary;

namespace Slipway.Inference.Engine.Models;

/// <summary>Recognises, by their first bytes, files that must never reach the runtime.</summary>
internal static class ModelFileFormat
{
    private const int HeaderBytes = 16;

    /// <summary>Throws when the file is missing, empty, or of a format that carries code.</summary>
    public static void Refuse(string path)
    {
        Span<byte> buffer = stackalloc byte[HeaderBytes];
        int length;
        try
        {
            using var file = File.OpenHandle(path);
            length = RandomAccess.Read(file, buffer, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException(ModelLoadCodes.NotFound, $"The model file '{Path.GetFileName(path)}' cannot be read.", e);
        }

        if (length == 0)
        {
            throw new ModelLoadException(ModelLoadCodes.NotFound, $"The model file '{Path.GetFileName(path)}' is empty.");
        }

        if (Name(buffer[..length]) is { } format)
        {
            throw new ModelLoadException(
                ModelLoadCodes.UnsafeFormat,
                $"'{Path.GetFileName(path)}' is {format}: it contains code or an unknown container and is never loaded. Export the model as ONNX."
            );
        }
    }

    private static string? Name(ReadOnlySpan<byte> header) =>
        header switch
        {
            [0x80, >= 1 and <= 5, ..] => "a Python pickle",
            [(byte)'P', (byte)'K', 3 or 5 or 7, ..] => "a zip archive (PyTorch, Keras or NumPy)",
            [0x89, (byte)'H', (byte)'D', (byte)'F', ..] => "an HDF5 file",
            [0x1F, 0x8B, ..] => "a gzip file (joblib writes pickles so)",
            [0x78, 0x01 or 0x5E or 0x9C or 0xDA, ..] => "a zlib file (joblib writes pickles so)",
            [(byte)'B', (byte)'Z', (byte)'h', ..] => "a bzip2 file (joblib writes pickles so)",
            [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => "an xz file (joblib writes pickles so)",
            [0x04, 0x22, 0x4D, 0x18, ..] => "an LZ4 file (joblib writes pickles so)",
            [0x7F, (byte)'E', (byte)'L', (byte)'F', ..] => "a program",
            [(byte)'M', (byte)'Z', ..] => "a program",
            [(byte)'#', (byte)'!', ..] => "a script",
            _ when header.Length >= 8 && BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) == 0x4D54524F =>
                "in ONNX Runtime's own ORT format",
            _ => null,
        };
}
