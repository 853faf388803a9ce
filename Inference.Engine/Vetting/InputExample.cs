using System.Text.Json;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Vetting;

/// <summary>
/// Reads an input example in the forms that its writers use: MLflow's <c>input_example.json</c> (<c>dataframe_split</c> with or without its wrapper,
/// <c>dataframe_records</c>, records, <c>inputs</c>, <c>instances</c>, plain arrays) and an Open Inference Protocol request.
/// </summary>
internal static class InputExample
{
    private const long FileLimitBytes = 16 << 20;

    /// <summary>The tensors, in graph order, to be disposed by the caller. What does not fit is an <see cref="InvalidDataException"/> that says so.</summary>
    public static IReadOnlyList<Tensor> Read(string path, ModelSignature signature)
    {
        using var document = Parse(path);
        var columns = ExampleColumns.Find(document.RootElement, signature);
        var tensors = new List<Tensor>();
        try
        {
            foreach (var input in signature.Inputs)
            {
                if (!columns.TryGetValue(input.Name, out var values))
                {
                    throw new InvalidDataException($"it has no value for input '{input.Name}'");
                }

                tensors.Add(ExampleTensor.Build(input, values));
            }

            return tensors;
        }
        catch
        {
            foreach (var tensor in tensors)
            {
                tensor.Dispose();
            }

            throw;
        }
    }

    private static JsonDocument Parse(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return file.Length <= FileLimitBytes
                ? JsonDocument.Parse(file)
                : throw new InvalidDataException($"it is larger than {FileLimitBytes >> 20} MB");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"it is not JSON: {e.Message.TrimEnd('.')}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException("the file cannot be read", e);
        }
    }
}
