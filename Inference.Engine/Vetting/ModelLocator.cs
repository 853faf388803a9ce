using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Engine.Vetting;

/// <summary>Finds the model in what was uploaded.</summary>
internal static class ModelLocator
{
    private const string DefaultName = "model.onnx";

    /// <summary>The model file; a <see cref="ModelLoadException"/> says why there is none.</summary>
    public static string Locate(string path)
    {
        path = Path.GetFullPath(path);
        if (!Directory.Exists(path))
        {
            return path;
        }

        var preferred = Path.Combine(path, DefaultName);
        if (File.Exists(preferred))
        {
            return preferred;
        }

        var files = Directory.GetFiles(path, "*.onnx");
        if (files.Length == 1)
        {
            return files[0];
        }

        if (files.Length > 1)
        {
            throw new ModelLoadException(
                ModelLoadCodes.NotFound,
                $"The folder holds {files.Length} .onnx files and none is named {DefaultName}: name the one to serve {DefaultName}."
            );
        }

        // Says what is there instead, if it is one of the formats that carry code.
        foreach (var file in Directory.GetFiles(path).Order(StringComparer.Ordinal))
        {
            RefuseUnsafe(file);
        }

        throw new ModelLoadException(ModelLoadCodes.NotFound, $"The folder holds no {DefaultName} and no other .onnx file.");
    }

    private static void RefuseUnsafe(string file)
    {
        try
        {
            ModelFileFormat.Refuse(file);
        }
        catch (ModelLoadException e) when (e.Code == ModelLoadCodes.NotFound)
        {
            // An empty or unreadable side file is not what is wrong with the folder.
        }
    }
}
